"""Mangled notebooks: read whatever a student may have handed in, and mend it where the intent is plain.

`read_notebook` mends the file, `Repair`, an nbgrader preprocessor, the cells. Texts are parsed by the helper process (see
reading.py). What was mended is said in the log and in a cell at the top of the autograded notebook; a file that cannot be
read becomes a notebook without the student's cells, whose metadata say why.
"""

import ast
import functools
import itertools
import os
import re

import nbformat
from nbformat.v4 import new_markdown_cell, new_notebook
from nbgrader.preprocessors import ClearSolutions, NbGraderPreprocessor
from nbgrader.utils import compute_checksum, is_grade

from ..model.exercise import ExerciseError
from .files import Refused, TooLarge
from .helper import Helper, NoAnswer
from .matching import recognise
from .pages import NOTE_ID
from .reading import KIT, MAX_FILE, WORD_QUOTES, Unreadable, read, with_plain_quotes
from .source import source_folder

MARKUP = re.compile(r"[<>&`*$\\\[\]!\n]")  # what Markdown would make something of in a note
MAX_NOTES = 20  # that are told one by one
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS\n?", re.S)


# ------------------------------------------------------------------ from a file to a notebook


def read_notebook(helper, folder, name, outputs=False):
    """The notebook in a file of an open Folder, and a list of what was fixed, in words. outputs: whether its outputs are
    kept. Raises Unreadable where it is no notebook, and NoAnswer."""
    try:
        content = folder.read(name, MAX_FILE)
    except TooLarge as error:
        raise Unreadable(f"{error}; clear the outputs of its cells and save it again") from error
    except (Refused, OSError) as error:
        raise Unreadable(str(error)) from error
    if not content:
        raise Unreadable("the file is empty")
    found = helper.call(read, outputs, body=content)
    if "unreadable" in found:
        raise Unreadable(found["unreadable"])
    return nbformat.from_dict(found["notebook"]), found["notes"]


def unreadable_notebook(reason):
    """A notebook that holds nothing but the reason why the one handed in could not be read."""
    return new_notebook(metadata={KIT: {"unreadable": str(reason)}})


def why_unreadable(nb):
    """The reason that unreadable_notebook has written down, or None."""
    note = nb.metadata.get(KIT)
    reason = note.get("unreadable") if isinstance(note, dict) else None
    return reason if isinstance(reason, str) else None


# ------------------------------------------------------------------ the cells of a notebook


def original_cells(path):
    """{grade_id: cell} of a notebook of the assignment, in its order. Not to be changed: they are read once."""
    status = os.stat(path)
    return _original_cells(path, status.st_mtime_ns, status.st_size)


@functools.lru_cache(64)
def _original_cells(path, *_):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if "nbgrader" in cell.metadata]
    if not all("grade_id" in cell.metadata.nbgrader for cell in cells):
        raise ExerciseError(f"{path} has metadata of an older nbgrader: run `nbgrader update {os.path.dirname(path)}`.")
    return {cell.metadata.nbgrader.grade_id: cell for cell in cells}


@functools.lru_cache(64)
def _tagged_cells(path):
    """Cells of the assignment that have tags, but are no cells of nbgrader's: {their place: cell}."""
    cells = enumerate(nbformat.read(path, as_version=4).cells)
    return {place: cell for place, cell in cells if cell.metadata.get("tags") and "nbgrader" not in cell.metadata}


def recognised(helper, cells, original, tagged=()):
    """For each of some cells: the id of the assignment's cell that it is, by its metadata or else by what it says; or the
    place of the tagged cell; or None. Raises NoAnswer."""
    known = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in cells]
    known = [grade_id if grade_id in original else None for grade_id in known]
    wanted = [_wanted(grade_id, cell) for grade_id, cell in original.items() if grade_id not in known]
    wanted += [
        {"id": place, "kind": cell.cell_type, "names": [], "text": cell.source} for place, cell in dict(tagged).items()
    ]
    plain = [index for index, grade_id in enumerate(known) if grade_id is None]
    if wanted and plain:
        found = helper.call(recognise, [[cells[index].cell_type, cells[index].source] for index in plain], wanted)
        for index, name in zip(plain, found):
            known[index] = name
    return known


def _wanted(grade_id, cell):
    """What a cell of the assignment is recognised by: see matching.py."""
    metadata, names = cell.metadata.nbgrader, []
    if metadata.get("solution") and cell.cell_type == "code":
        defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        names = [node.name for node in ast.parse(cell.source).body if isinstance(node, defined)]
        names = [name for name in names if name.lower() == grade_id.lower()] or names
    text = HIDDEN.sub("", cell.source)
    return {"id": grade_id, "kind": cell.cell_type, "names": names, "text": text, "answer": metadata.get("solution", False)}


def answers_in(helper, cells, original):
    """The assignment's answers that some cells hold: {grade_id: whether it is not as it was handed out}."""
    found = {}
    for cell, grade_id in zip(cells, recognised(helper, cells, original)):
        if grade_id in original and original[grade_id].metadata.nbgrader.get("solution"):
            checksum = cell.metadata.get("nbgrader", {}).get("checksum")
            if isinstance(checksum, str):
                found[grade_id] = compute_checksum(cell) != checksum
            else:
                found[grade_id] = "NotImplementedError" not in cell.source and bool(cell.source.strip())
    return found


class Repair(NbGraderPreprocessor):
    """Give a submission the cells of the assignment again, in their order, with their metadata: locked ones that are
    missing are put back, foreign ones run as ordinary cells, and quotation marks of a word processor are replaced
    in code that is no Python because of them."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._helper = Helper(parent=self)

    def preprocess(self, nb, resources):
        """Repair a notebook; what was repaired is said at its top and in the log."""
        names = resources["nbgrader"]
        source = source_folder(self.config, names["assignment"]) / f"{names['notebook']}.ipynb"
        original = original_cells(source)
        notes = [] if why_unreadable(nb) else self._recognise(nb, original, _tagged_cells(source))
        notes = _own_notes(nb) + notes
        for mend in (self._adopt, self._order, self._put_back, self._quotes):
            notes += mend(nb, original)
        _unique_ids(nb)
        if len(notes) > MAX_NOTES:
            notes[MAX_NOTES:] = [f"and {len(notes) - MAX_NOTES} more such things"]
        for note in notes:
            self.log.warning("%s of %s was repaired: %s", names["notebook"], names["student"], note)
        if notes:
            nb.cells.insert(
                0,
                new_markdown_cell(
                    "**Repaired before grading**\n\n" + "\n".join(f"- {MARKUP.sub('', note)}" for note in notes), id=NOTE_ID
                ),
            )
        return nb, resources

    def _recognise(self, nb, original, tagged):
        """Cells that have lost their metadata, or have another assignment's."""
        try:
            found = recognised(self._helper, nb.cells, original, tagged)
        except NoAnswer as error:
            return [f"cells were not recognised: {error}"]
        names = []
        for cell, name in zip(nb.cells, found):
            if name in tagged:
                cell.metadata["tags"] = list(tagged[name].metadata.tags)
            elif name is not None and cell.metadata.get("nbgrader", {}).get("grade_id") != name:
                cell.metadata["nbgrader"] = {"grade_id": name}
                names.append(name)
        if not names:
            return []
        return [f"cells without nbgrader's metadata were recognised by what they say: {', '.join(names)}"]

    def _adopt(self, nb, original):
        """nbgrader's metadata as they were handed out, by the cells' ids; none for cells that are not the assignment's."""
        notes = []
        for cell in nb.cells:
            found = cell.metadata.pop("nbgrader", None)
            if not found:
                continue
            grade_id = found.get("grade_id")
            if grade_id not in original:
                notes.append(f"a cell is not one of this assignment ({str(grade_id)[:60]!r}); it ran as an ordinary cell")
                continue
            cell.metadata["nbgrader"] = {**original[grade_id].metadata.nbgrader}
            cell.metadata["tags"] = list(original[grade_id].metadata.get("tags", []))
            if original[grade_id].cell_type == "code":  # nbgrader makes it one again, and one must not have images attached
                cell.pop("attachments", None)
            if isinstance(found.get("checksum"), str):  # nbgrader compares it to find empty answers
                cell.metadata["nbgrader"]["checksum"] = found["checksum"]
        return notes

    def _order(self, nb, original):
        """Cells of the assignment that were moved go back into their order, others stay where they are."""
        places = [index for index, cell in enumerate(nb.cells) if "nbgrader" in cell.metadata]
        cells = [nb.cells[index] for index in places]
        order = list(original)
        wanted = sorted(cells, key=lambda cell: order.index(cell.metadata.nbgrader.grade_id))
        moved = [cell for cell, other in zip(cells, wanted) if cell is not other]
        for index, cell in zip(places, wanted):
            nb.cells[index] = cell
        return ["cells of the assignment had been moved; they are in their order again"] if moved else []

    def _put_back(self, nb, original):
        """Locked cells that are missing, each after the one before it; and, as they were handed out, answers that a person
        grades, who would otherwise find nothing to grade."""
        notes, after = [], 0
        for grade_id, cell in original.items():
            here = [i for i, c in enumerate(nb.cells) if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id]
            if here:
                after = here[-1] + 1
            elif cell.metadata.nbgrader.get("locked") or is_grade(cell):
                cell = nbformat.from_dict(dict(cell))
                if cell.cell_type == "code":
                    cell.outputs, cell.execution_count = [], None
                if cell.metadata.nbgrader.get("locked"):
                    notes.append(f"the locked cell {grade_id!r} was missing; it was put back")
                else:
                    cell, _ = ClearSolutions(parent=self).preprocess_cell(cell, {"language": "python"}, 0)
                    notes.append(f"the answer {grade_id!r} was deleted; it counts as not answered")
                nb.cells.insert(after, cell)
                after += 1
        return [] if why_unreadable(nb) else notes

    def _quotes(self, nb, original):
        cells = [c for c in nb.cells if c.cell_type == "code" and c.source.translate(WORD_QUOTES) != c.source]
        if not cells:
            return []
        try:
            mended = self._helper.call(with_plain_quotes, [cell.source for cell in cells])
        except NoAnswer as error:
            return [f"quotation marks of a word processor were left as they are: {error}"]
        notes = []
        for cell, source in zip(cells, mended):
            if source is not None:
                cell.source = source
                notes.append("quotation marks of a word processor were replaced in a code cell")
        return notes


class ForgetUnknownCells(NbGraderPreprocessor):
    """Cells that were added to the assignment after its release are ordinary cells. Stands behind OverwriteCells, which
    takes their id away because the gradebook does not know them."""

    def preprocess_cell(self, cell, resources, index):
        """Take nbgrader's metadata from a cell that the gradebook does not know."""
        if "nbgrader" in cell.metadata and "grade_id" not in cell.metadata.nbgrader:
            del cell.metadata["nbgrader"]
        return cell, resources


def _own_notes(nb):
    """The notes of read_notebook, which travel in the notebook's metadata to this preprocessor."""
    note = nb.metadata.get(KIT)
    notes = note.pop("repaired", []) if isinstance(note, dict) else []
    return [str(text) for text in notes] if isinstance(notes, list) else []


def _unique_ids(nb):
    seen, numbers = {NOTE_ID}, itertools.count()
    for cell in nb.cells:
        while cell.get("id", NOTE_ID) in seen:  # a cell that was put back has none where the source is of format 4.4
            cell["id"] = f"another-{next(numbers)}"
        seen.add(cell["id"])
