"""Mangled notebooks: read whatever a student may have handed in, and mend it where the intent is plain.

`read_notebook` mends the file, `Repair`, an nbgrader preprocessor, the cells. What was mended is said in the log and in
a cell at the top of the autograded notebook; a file that cannot be read becomes a notebook without the student's
cells, whose metadata say why.
"""

import ast
import codecs
import functools
import json
import os
import re
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat.corpus.words import generate_corpus_id
from nbformat.v4 import new_markdown_cell, new_notebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode as UnicodeTrait

from .files import Refused, TooLarge
from .pages import NOTE_ID, attached_images

KIT = "residual_networks_kit"  # key of our own notebook metadata
MAX_FILE = 50_000_000  # bytes of a notebook
MAX_CELLS = 2000
WORD_QUOTES = str.maketrans("“”„‟«»‘’‚‛", '""""""' + "''''")
MARKUP = re.compile(r"[<>&`*_$\\\[\]!\n]")  # what Markdown would make something of in a note
TAG = re.compile(r"[\w.-]{1,60}")  # nbconvert's pages make a class of it
CONFLICT = re.compile(r"^<{7}[^\n]*\n(.*?)^={7}[^\n]*\n(.*?)^>{7}[^\n]*\n", re.S | re.M)


class Unreadable(Exception):
    """A file is not a notebook; the message ends the sentence "The notebook cannot be read: ..."."""


# ------------------------------------------------------------------ from a file to a notebook


def read_notebook(folder, name):
    """The notebook in a file of an open Folder, and a list of what was fixed, in words. Raises Unreadable, and nothing
    else."""
    notes = []
    try:
        content = folder.read(name, MAX_FILE)
    except TooLarge as error:
        raise Unreadable(f"{error}; clear the outputs of its cells and save it again") from error
    except (Refused, OSError) as error:
        raise Unreadable(str(error)) from error
    data = _parse(_decode(content, notes), notes)
    return _notebook(data, notes), notes


def unreadable_notebook(reason):
    """A notebook that holds nothing but the reason why the one handed in could not be read."""
    return new_notebook(metadata={KIT: {"unreadable": str(reason)}})


def why_unreadable(nb):
    """The reason that unreadable_notebook has written down, or None."""
    note = nb.metadata.get(KIT)
    reason = note.get("unreadable") if isinstance(note, dict) else None
    return reason if isinstance(reason, str) else None


def _decode(data, notes):
    if not data.strip():
        raise Unreadable("the file is empty")
    if data.startswith(b"PK\x03\x04"):
        raise Unreadable("it is a zip archive; hand in the notebook itself")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        notes.append("it was stored as UTF-16")
        return data.decode("utf-16", "replace")
    if data.startswith(codecs.BOM_UTF8):
        notes.append("it began with a byte order mark")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        notes.append("it was not stored as UTF-8; its special characters may be wrong")
        return data.decode("cp1252", "replace")


def _parse(text, notes):
    try:
        return json.loads(text, strict=False)
    except RecursionError as error:
        raise Unreadable("it is nested too deep") from error
    except ValueError as error:
        problem = error
    if CONFLICT.search(text):
        try:
            ours, theirs = (json.loads(CONFLICT.sub(side, text), strict=False) for side in (r"\1", r"\2"))
        except (ValueError, RecursionError):
            ours = theirs = None
        if ours is not None and _sources(ours) == _sources(theirs):
            notes.append("it held merge conflicts, in places other than the code")
            return ours
    if "<<<<<<<" in text:
        raise Unreadable("it holds merge conflicts (lines with <<<<<<<); resolve them and hand in again")
    if "“" in text[:500] or "”" in text[:500]:
        try:
            data = json.loads(text.replace("“", '"').replace("”", '"'), strict=False)
            notes.append("its quotation marks had been replaced by a word processor")
            return data
        except (ValueError, RecursionError):
            pass
    if getattr(problem, "pos", 0) >= len(text.rstrip()) - 1 or "Unterminated" in str(problem):
        raise Unreadable(
            f"it ends in the middle, in line {text.count(chr(10)) + 1}: it was cut off when it was saved "
            "or sent; hand it in again"
        )
    line = getattr(problem, "lineno", 1)
    raise Unreadable(f"line {line} is not valid JSON; was it edited in a text editor?")


def _sources(data):
    cells = data.get("cells") if isinstance(data, dict) else None
    return [_text(cell.get("source")) for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else None


def _text(value):
    """The text of a source: nbformat keeps it as one string or as a list of lines."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _notebook(data, notes):
    """A valid notebook with the cells of `data`, whatever that is."""
    if isinstance(data, dict) and "cells" not in data and isinstance(data.get("worksheets"), list):
        data = {
            **data,
            "cells": [cell for sheet in data["worksheets"] if isinstance(sheet, dict) for cell in sheet.get("cells") or []],
        }
        notes.append("it was stored in the format of an older Jupyter")
    if not isinstance(data, dict) or not isinstance(data.get("cells"), list):
        raise Unreadable("it is JSON, but not a notebook: it has no cells")
    if len(data["cells"]) > MAX_CELLS:
        raise Unreadable(f"it has more than {MAX_CELLS} cells")
    metadata = data.get("metadata")
    note = metadata.get(KIT) if isinstance(metadata, dict) else None
    unreadable = note.get("unreadable") if isinstance(note, dict) else None  # from unreadable_notebook, stored as a file
    kept = {KIT: {"unreadable": unreadable}} if isinstance(unreadable, str) else {}
    cells = [_cell(cell) for cell in data["cells"] if isinstance(cell, dict)]
    if len(cells) < len(data["cells"]):
        notes.append("some of its cells were no cells")
    return new_notebook(cells=cells, metadata=kept)


def _cell(cell):
    """A valid cell with the source and the metadata of `cell`; outputs go, as the notebook is run anyway."""
    kind = cell.get("cell_type")
    source = _text(cell.get("source", cell.get("input")))
    if kind == "heading":
        source = f"# {source}"
    metadata = cell.get("metadata") if isinstance(cell.get("metadata"), dict) else {}
    kept = {}
    nbgrader = metadata.get("nbgrader")
    if isinstance(nbgrader, dict) and isinstance(nbgrader.get("grade_id"), str):
        kept["nbgrader"] = {key: value for key, value in nbgrader.items() if isinstance(value, (str, int, float, bool))}
    tags = metadata.get("tags")
    if isinstance(tags, list):
        kept["tags"] = [tag for tag in tags if isinstance(tag, str) and TAG.fullmatch(tag)]
    name = cell.get("id")
    name = name if isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) else generate_corpus_id()
    images = attached_images(cell.get("attachments"))
    more = {"outputs": [], "execution_count": None} if kind == "code" else {"attachments": images} if images else {}
    return nbformat.from_dict(
        {
            "id": name,
            "cell_type": kind if kind in ("code", "raw") else "markdown",
            "metadata": kept,
            "source": source,
            **more,
        }
    )


# ------------------------------------------------------------------ the cells of a notebook


def original_cells(path):
    """{grade_id: cell} of a notebook of the assignment, in its order. Not to be changed: they are read once."""
    status = os.stat(path)
    return _original_cells(path, status.st_mtime_ns, status.st_size)


@functools.lru_cache(64)
def _original_cells(path, *_):
    return {
        cell.metadata.nbgrader.grade_id: cell
        for cell in nbformat.read(path, as_version=4).cells
        if "nbgrader" in cell.metadata
    }


class Repair(NbGraderPreprocessor):
    """Give a submission the cells of the assignment again, in their order, with their metadata: locked ones that are
    missing are put back, foreign ones run as ordinary cells, and quotation marks of a word processor are replaced
    in code that is no Python because of them."""

    source_directory = UnicodeTrait("source", help=("Where the assignments lie, relative to the course directory")).tag(
        config=True
    )

    def preprocess(self, nb, resources):
        names = resources["nbgrader"]
        source = Path(self.source_directory) / names["assignment"] / f"{names['notebook']}.ipynb"
        original = original_cells(source)
        notes = _own_notes(nb)
        for mend in (self._adopt, self._order, self._put_back, self._quotes):
            notes += mend(nb, original)
        _unique_ids(nb)
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
        """Locked cells that are missing, each after the one before it."""
        notes, after = [], 0
        for grade_id, cell in original.items():
            here = [i for i, c in enumerate(nb.cells) if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id]
            if here:
                after = here[-1] + 1
            elif cell.metadata.nbgrader.get("locked"):
                cell = nbformat.from_dict(dict(cell))
                if cell.cell_type == "code":
                    cell.outputs, cell.execution_count = [], None
                nb.cells.insert(after, cell)
                after += 1
                notes.append(f"the locked cell {grade_id!r} was missing; it was put back")
        return [] if why_unreadable(nb) else notes

    def _quotes(self, nb, original):
        notes = []
        for cell in nb.cells:
            if cell.cell_type == "code" and cell.source.translate(WORD_QUOTES) != cell.source:
                plain = cell.source.translate(WORD_QUOTES)
                if not _is_python(cell.source) and _is_python(plain):
                    cell.source = plain
                    notes.append("quotation marks of a word processor were replaced in a code cell")
        return notes


class ForgetUnknownCells(NbGraderPreprocessor):
    """Cells that were added to the assignment after its release are ordinary cells. Stands behind OverwriteCells, which
    takes their id away because the gradebook does not know them."""

    def preprocess_cell(self, cell, resources, index):
        if "nbgrader" in cell.metadata and "grade_id" not in cell.metadata.nbgrader:
            del cell.metadata["nbgrader"]
        return cell, resources


def _is_python(source):
    try:
        ast.parse(TransformerManager().transform_cell(source))
        return True
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _own_notes(nb):
    """The notes of read_notebook, which travel in the notebook's metadata to this preprocessor."""
    note = nb.metadata.get(KIT)
    notes = note.pop("repaired", []) if isinstance(note, dict) else []
    return [str(text) for text in notes] if isinstance(notes, list) else []


def _unique_ids(nb):
    seen = {NOTE_ID}
    for cell in nb.cells:
        while cell["id"] in seen:
            cell["id"] = generate_corpus_id()
        seen.add(cell["id"])
