"""Submissions that people grade are shared out evenly, and without names."""

import csv
from collections import Counter

import nbformat
import pytest
from nbgrader.api import Gradebook

from tests.helpers.commands import run_module
from tests.helpers.grader import run
from tests.helpers.submissions import OPTIONAL, new_course, write_submission

pytestmark = pytest.mark.slow


def test_submissions_are_shared_evenly_and_without_names(generated, tmp_path):
    course = new_course(generated, tmp_path / "course", only=OPTIONAL)
    path = course / "source" / OPTIONAL / f"{OPTIONAL}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = nbformat.v4.new_markdown_cell("Because of the shortcut.")
    cell.metadata["nbgrader"] = {"grade": True, "solution": True, "locked": False, "points": 3, "grade_id": "words"}
    cell.metadata["nbgrader"] |= {"schema_version": 3, "task": False}
    notebook.cells.append(cell)
    nbformat.write(notebook, path)
    run(course, "nbgrader", "generate_assignment", OPTIONAL, "--force")
    students = [f"student_{number}" for number in range(3)]
    for student in students:
        write_submission(course, student, {"words": f"It learns, says {student}."}, OPTIONAL)
    run(course, "autograder", "grade", OPTIONAL)
    said = run(course, "autograder", "graders", OPTIONAL, "=anna", "bert")
    table = course / f"{OPTIONAL}_graders.csv"
    with open(table, newline="") as file:
        rows = [*csv.DictReader(file)]
    assert Counter(row["grader"] for row in rows) == {"'=anna": 2, "bert": 1} and "=anna: 2" in said
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        books = [book.id for s in gradebook.assignment_submissions(OPTIONAL) for book in s.notebooks]
    assert sorted(row["in formgrader"] for row in rows) == sorted(f"/formgrader/submissions/{key}/" for key in books)
    before = table.read_text()
    assert not any(student in before for student in students)
    run(course, "autograder", "graders", OPTIONAL, "=anna", "bert")
    assert table.read_text() == before
    run(course, "autograder", "graders", OPTIONAL, "anna", "bert", "--twice")
    with open(table, newline="") as file:
        rows = [*csv.DictReader(file)]
    assert len({(row["grader"], row["in formgrader"]) for row in rows}) == len(rows) == 6
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        copies = {
            f"/formgrader/submissions/{b.id}/"
            for s in students[:2]
            for b in gradebook.find_submission(OPTIONAL, s).notebooks
        }
    with open(course / "nbgrader_config.py", "a") as file:
        file.write(f"c.SubmissionExporter.groups = {{{OPTIONAL!r}: [{students[:2]!r}]}}\n")
    run(course, "autograder", "graders", OPTIONAL, "anna", "bert")
    with open(table, newline="") as file:
        assert len({row["grader"] for row in csv.DictReader(file) if row["in formgrader"] in copies}) == 1
    done = run_module(["autograder", "graders", "preactivation_blok", "anna"], course, apart=True)
    assert done.returncode == 1 and "no assignment 'preactivation_blok' in the gradebook" in done.stderr
    done = run_module(["autograder", "graders", OPTIONAL, "anna", "--twice"], course, apart=True)
    assert done.returncode == 1 and "with --twice at least two" in done.stderr and "Traceback" not in done.stderr
