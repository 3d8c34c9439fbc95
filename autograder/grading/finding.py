"""Where an assignment's notebooks are in what was handed in: under their names, under others, in folders or archives
within, or as exported scripts. What is taken for what is said in the log and at the top of the autograded notebook.
"""

import difflib
import functools
import json
import os
import time

import nbformat

from .files import TIMESTAMP, Budget, Refused, entries
from .helper import NoAnswer
from .matching import script_to_notebook
from .reading import MAX_FILE, notebooks_in_zip, read
from .repair import answers_in, unreadable_notebook

CANDIDATES = 8  # files that are read to find a notebook
MAX_NAME = 60  # characters of a file's name that count for its likeness
LIKE = 0.5  # from which on a file is taken for a notebook
MAX_FOUND = 2 * MAX_FILE  # characters of what is found in archives and scripts, all together: it is held in memory
SEARCH_SECONDS = 20  # for opening them, all together
KINDS = (".ipynb", ".zip", ".py")


def find_notebooks(helper, submission, expected, refused, own, log):
    """See that each notebook of the assignment is in an open submission's folder, and is the one that was worked on.

    expected: {name: the assignment's cells in it, by id}; refused: {path: why it was set aside}; own: paths of the
    assignment's files. Where there is no such notebook, one is written that says so, and so does the feedback. Returns
    {name: notes on where it was found}.
    """
    present, notes, others = submission.names(), {}, None
    more = {*present} - {*expected, TIMESTAMP} - {path.split("/")[0] for path in own}
    for name, original in sorted(expected.items()):
        mine = _Candidate(name, functools.partial(submission.read, name, MAX_FILE)) if name in present else None
        notes[name] = []
        if mine and (not more or mine.answers(helper, original)):
            continue
        others = _candidates(helper, submission, {*expected, *own}) if others is None else others
        found = _best(helper, name, original, others)
        if mine and (found is None or not found.answers(helper, original)):
            continue
        if found:
            others.remove(found)
            said = f"{found.path} was taken for {name}" + (", which holds no answers" if mine else "")
            if mine:
                submission.move(name, submission, _free(submission, f"unanswered_{name}"))
            submission.write(name, found.data())
            log.warning("%s in %s", said, submission.path)
            notes[name] = [said]
        else:
            reason = refused.get(name, f"there is no file {name} in what was submitted")
            submission.write(name, nbformat.writes(unreadable_notebook(reason)).encode())
            log.warning("%s is missing in %s", name, submission.path)
    return notes


class _Candidate:
    """A file that could be one of the notebooks."""

    def __init__(self, path, load):
        self.path, self.data = path, functools.cache(load)
        self._cells = None

    def cells(self, helper):
        """The cells of the notebook; none where it cannot be read."""
        if self._cells is None:
            try:
                found = helper.call(read, body=self.data())
                self._cells = nbformat.from_dict(found["notebook"]).cells if "notebook" in found else []
            except (NoAnswer, Refused, OSError):
                self._cells = []
        return self._cells

    def answers(self, helper, original):
        """How many of the assignment's answers it holds, that are not as they were handed out."""
        return sum(answers_in(helper, self.cells(helper), original).values())

    def likeness(self, helper, name, original):
        """From 0 to 1, how much it looks like the notebook of this name."""
        ids = {cell.metadata.nbgrader.grade_id for cell in self.cells(helper) if "nbgrader" in cell.metadata}
        answers = answers_in(helper, self.cells(helper), original)
        wanted = [key for key, cell in original.items() if cell.metadata.nbgrader.get("solution")]
        return max(
            len(ids & set(original)) / max(1, len(original)),
            len(answers) / max(1, len(wanted)),
            alike(os.path.basename(self.path), name) * 0.7,
        )


def alike(other, name):
    """How alike two files' names are, from 0 to 1."""
    return difflib.SequenceMatcher(None, other[:MAX_NAME].lower(), name[:MAX_NAME].lower()).ratio()


def _best(helper, name, original, others):
    chosen = sorted(others, key=lambda other: alike(os.path.basename(other.path), name), reverse=True)[:CANDIDATES]
    rated = [(other.likeness(helper, name, original), other.answers(helper, original), -k) for k, other in enumerate(chosen)]
    likeness, _, k = max(rated, default=(0, 0, 0), key=lambda rate: (rate[0] > LIKE, rate[1], rate[0], rate[2]))
    return chosen[-k] if likeness > LIKE else None


def _candidates(helper, submission, known):
    """The files of a submission that could be one of its notebooks, but for `known` paths; of archives and scripts as many
    as MAX_FOUND and SEARCH_SECONDS allow."""
    found, left, until = [], MAX_FOUND, time.monotonic() + SEARCH_SECONDS
    for entry in entries(submission, Budget()):
        name = entry.name
        if entry.refused or entry.is_folder or name.startswith("._") or ".ipynb_checkpoints" in entry.path.split("/"):
            continue
        if entry.path in known or not name.endswith(KINDS):
            continue
        try:
            if name.endswith(".ipynb"):
                data = entry.folder.read(name, MAX_FILE)
                found.append(_Candidate(entry.path, lambda data=data: data))
                continue
            if left <= 0 or time.monotonic() > until:
                continue
            data = entry.folder.read(name, MAX_FILE) or b"\n"
            if name.endswith(".zip"):
                packed = helper.call(notebooks_in_zip, min(left, MAX_FILE), body=data)
            else:
                packed = {"": json.dumps(helper.call(script_to_notebook, body=data))}
            left -= sum(map(len, packed.values()))
            found += [_Candidate(f"{entry.path}/{inner}".rstrip("/"), _bytes(text)) for inner, text in packed.items()]
        except (Refused, NoAnswer, OSError):
            continue
    return found


def _bytes(text):
    return lambda: text.encode("utf-8", "replace")


def _free(submission, name):
    """A name that no file has yet."""
    names, number = set(submission.names()), 1
    stem, ending = os.path.splitext(name)
    while name in names:
        number += 1
        name = f"{stem}_{number}{ending}"
    return name
