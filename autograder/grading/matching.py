"""Cells that have lost nbgrader's metadata, and answers that are no notebook. Runs in the helper process (see helper.py).

Linear in the text of the cells for each cell of the assignment.
"""

import re

ALIKE = 0.75  # part of the lines of an assignment's cell that a cell must have to be it
OWN = 0.5  # part of its own lines that must be the assignment's
# Where the export of a notebook as a script begins a cell: nbconvert's, Jupytext's, VS Code's and Databricks's marks.
CELL_MARK = re.compile(r"# In\[[ \d*]{0,6}\]:\s*|# ?%%(.*)|# COMMAND -{1,20}\s*|# <(?:code|markdown)cell>\s*")


def recognise(cells, wanted):
    """Which cells of the assignment some cells are: for each, an id or None.

    cells: [[cell type, source], ...]. wanted: dicts of "id", "kind" (a cell type), "names" (functions that an answer
    defines) and "text" (of a cell that is handed out as it is). An answer is the last cell that defines one of its
    functions; another cell the one that has most of the same lines; an answer without a function the first one that is
    left between its neighbours.
    """
    found = [None] * len(cells)
    lines = [_lines(source) for _, source in cells]
    defined = [_defined(source) if kind == "code" else set() for kind, source in cells]
    for cell in wanted:
        free = [i for i, (kind, _) in enumerate(cells) if found[i] is None and kind == cell["kind"]]
        if cell["names"]:
            places = [i for i in free if defined[i] & set(cell["names"])]
            best = places[-1] if places else None
        else:
            best = max(
                (i for i in free if _alike(lines[i], cell["text"])), key=lambda i: _share(lines[i], cell), default=None
            )
        if best is not None:
            found[best] = cell["id"]
    _by_order(cells, wanted, found)
    return found


def _lines(source):
    return {" ".join(line.split()) for line in source.split("\n")} - {""}


def _defined(source):
    """The names of functions and classes that a cell defines at its top level."""
    words = (line.split("(", 1)[0].split(":", 1)[0].split() for line in source.split("\n") if line[:4] in ("def ", "clas"))
    return {word[1] for word in words if len(word) == 2 and word[0] in ("def", "class")}


def _alike(lines, text):
    asked = _lines(text)
    both = len(lines & asked)
    return bool(asked) and both >= ALIKE * len(asked) and both >= OWN * len(lines)


def _share(lines, cell):
    return len(lines & _lines(cell["text"])) / len(lines)


def _by_order(cells, wanted, found):
    """Answers in words or code without a function: the first cell that is left between those before and after."""
    order = [cell["id"] for cell in wanted]
    for place, cell in enumerate(wanted):
        if cell["id"] in found or not cell.get("answer") or cell["names"]:
            continue
        before = [i for i, name in enumerate(found) if name in order[:place]]
        after = [i for i, name in enumerate(found) if name in order[place + 1 :]]
        between = range(before[-1] + 1 if before else 0, after[0] if after else len(cells))
        left = [i for i in between if found[i] is None and cells[i][0] == cell["kind"] and cells[i][1].strip()]
        if before and after and left:
            found[left[0]] = cell["id"]


def script_to_notebook(data):
    """The notebook that a script was exported from, as JSON text: its cells, or one cell where it has no marks."""
    text = data.decode("utf-8", "replace")
    cells, kind, lines = [], "code", []

    def end():
        source = "\n".join(lines).strip("\n")
        if source:
            cells.append({"cell_type": kind, "metadata": {}, "source": source})

    for line in text.splitlines():
        mark = CELL_MARK.fullmatch(line)
        if mark:
            end()
            kind, lines = "markdown" if "markdown" in line else "code", []
        else:
            lines.append(line.removeprefix("# MAGIC ") if kind == "code" else line.removeprefix("# "))
    end()
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
