"""Notebooks as students sometimes hand them in: repaired where the intent is plain, and nobody else's trouble otherwise."""
import copy
import json
import subprocess
import sys

import pytest
from nbgrader.api import Gradebook

from .grade_class import ensure_assignment
from .submissions import ASSIGNMENT, make_course, solution_cells, write_submission

pytestmark = pytest.mark.slow
SOLUTIONS = solution_cells()


def grade_id(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def delete_tests(notebook):
    notebook["cells"] = [c for c in notebook["cells"] if not grade_id(c).startswith("test_")]


def copy_solutions(notebook):
    notebook["cells"] = [c for cell in notebook["cells"] for c in (
        [cell, {**copy.deepcopy(cell), "id": cell["id"] + "-copy"}] if grade_id(cell) in SOLUTIONS else [cell])]


def retype_tests(notebook):
    for cell in notebook["cells"]:
        if grade_id(cell).startswith("test_"):
            cell["cell_type"] = "markdown"
            del cell["outputs"], cell["execution_count"]


def drop_metadata_of_solutions(notebook):
    for cell in notebook["cells"]:
        if grade_id(cell) in SOLUTIONS:
            cell["metadata"] = {}


def foreign_cells(notebook):
    notebook["cells"][2]["metadata"]["nbgrader"]["grade_id"] = "cell-of-last-year"
    extra = copy.deepcopy(next(c for c in notebook["cells"] if grade_id(c).startswith("test_")))
    extra["id"], extra["metadata"]["nbgrader"]["grade_id"], extra["source"] = "foreign", "test_unknown", "1 / 0"
    notebook["cells"].append(extra)


def other_kernel(notebook):
    notebook["metadata"]["kernelspec"] = {"name": "julia-1.9", "display_name": "Julia"}


def no_metadata(notebook):
    notebook["metadata"] = {}


def check_overwritten(notebook):
    for cell in notebook["cells"]:
        if grade_id(cell) in SOLUTIONS:
            cell["source"] = "".join(cell["source"]) + "\ncheck = 5\n"


REPAIRED = [delete_tests, copy_solutions, retype_tests, drop_metadata_of_solutions, foreign_cells, other_kernel,
            no_metadata, check_overwritten]
UNREADABLE = {"half": lambda text: text[:3000], "empty": lambda text: "", "conflict": lambda text: "<<<<<<< HEAD\n" + text}


@pytest.fixture(scope="module")
def scores(tmp_path_factory):
    """All mangled submissions graded in one run of nbgrader: {student: score or None}."""
    course = make_course(tmp_path_factory.mktemp("course"))
    ensure_assignment(course)
    for edit in REPAIRED:
        for path in write_submission(course, edit.__name__, SOLUTIONS).glob("*.ipynb"):
            notebook = json.loads(path.read_text())
            edit(notebook)
            path.write_text(json.dumps(notebook))
    for name, change in UNREADABLE.items():
        for path in write_submission(course, name, SOLUTIONS).glob("*.ipynb"):
            path.write_text(change(path.read_text()))
    subprocess.run([sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT], cwd=course, capture_output=True)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return {s.student.id: (s.score, [g.auto_score for n in s.notebooks for g in n.grades])
                for s in gradebook.assignment_submissions(ASSIGNMENT)}


@pytest.mark.parametrize("edit", REPAIRED, ids=lambda edit: edit.__name__)
def test_what_can_be_repaired_gets_full_marks(scores, edit):
    assert scores[edit.__name__][0] == 35


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_gets_no_grade(scores, name):
    assert set(scores[name][1]) == {None}
