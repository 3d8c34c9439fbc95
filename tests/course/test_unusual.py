"""Unusual courses and changes: odd times, deadlines, gradebooks, names, locales; each is graded, or told in words."""

import json
import sqlite3

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.grading.judge import HAND_IN, VERDICT
from tests.helpers.commands import run_module
from tests.helpers.grader import run
from tests.helpers.submissions import OPTIONAL, new_course, solution_cells, write_notebooks, write_submission

pytestmark = pytest.mark.slow
SOLUTION, NAME = solution_cells(OPTIONAL)[OPTIONAL], f"{OPTIONAL}.ipynb"
PLUGIN = """
from nbgrader.plugins import LateSubmissionPlugin

class All(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return score
"""
TIMES = {  # as a file timestamp.txt tells them, and in UTC
    "01.11.2026": "2026-11-01 00:00",
    "24.12.2026 18:30": "2026-12-24 18:30",
    "2026-11-01 10:00:00 +0530": "2026-11-01 04:30",
    "2026-11-01 10:00:00 -08:00": "2026-11-01 18:00",
    "2026-11-01 10:00:00 UTC": "2026-11-01 10:00",
    "2026-11-01 10:00:00 Europe/Berlin": "2026-11-01 09:00",
}


def read(course, student, name=OPTIONAL):
    return nbformat.read(course / "autograded" / student / name / NAME, as_version=4)


def test_times_of_submission_are_read_as_they_are_meant(generated, tmp_path):
    course = new_course(generated, tmp_path / "course", only=OPTIONAL)
    for number, text in enumerate(TIMES):
        (write_submission(course, f"student_{number}", {}, OPTIONAL) / "timestamp.txt").write_text(text)
    run(course, "nbgrader", "autograde", OPTIONAL)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        found = [gradebook.find_submission(OPTIONAL, f"student_{number}").timestamp for number in range(len(TIMES))]
    assert [f"{time:%Y-%m-%d %H:%M}" for time in found] == [*TIMES.values()]


def test_a_changed_deadline_counts(generated, tmp_path):
    """By a plugin that lies beside nbgrader_config.py, as nbgrader's documentation has it."""
    course = new_course(generated, tmp_path / "course", "\nc.AssignLatePenalties.plugin_class = 'late.All'\n", only=OPTIONAL)
    (course / "late.py").write_text(PLUGIN)

    def graded_again(number):
        assert f"graded {number}, skipped {2 - number} " in run(course, "autograder", "grade", OPTIONAL)
        with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
            found = {s.student.id: s for s in gradebook.assignment_submissions(OPTIONAL)}
            return {name: max(0, s.score - (s.late_submission_penalty or 0)) for name, s in sorted(found.items())}

    for student, time in (("early", "2026-11-30 10:00:00 UTC"), ("late", "2026-12-02 10:00:00 UTC")):
        (write_submission(course, student, {OPTIONAL: SOLUTION}, OPTIONAL) / "timestamp.txt").write_text(time)
    assert graded_again(2) == {"early": 10, "late": 10}
    run(course, "nbgrader", "db", "assignment", "add", OPTIONAL, "--duedate", "2026-12-01 23:59 Europe/Berlin")
    assert graded_again(2) == {"early": 10, "late": 0}
    assert graded_again(0) == {"early": 10, "late": 0}
    with open(course / "nbgrader_config.py", "a") as file:
        file.write(f"c.SubmissionExporter.extensions = {{'{OPTIONAL}': {{'late': 2, 'absent': 7}}}}\n")
    shown = run(course, "autograder", "regrade", OPTIONAL)
    assert "1 with another score or penalty, 0 of them lose points" in shown
    assert "late: late penalty -10 -> 0" in shown and "an extension of 2 days" in shown
    assert graded_again(1) == {"early": 10, "late": 10}


def test_the_report_shows_penalties_and_extensions(generated, tmp_path):
    settings = "\nc.LateSubmissionPlugin.penalty_method = 'zero'\n"
    settings += f"c.SubmissionExporter.extensions = {{'{OPTIONAL}': {{'granted': 2}}}}\n"
    course = new_course(generated, tmp_path / "course", settings, only=OPTIONAL)
    run(course, "nbgrader", "db", "assignment", "add", OPTIONAL, "--duedate", "2026-12-01 23:59 Europe/Berlin")
    for student in ("granted", "late"):
        folder = write_submission(course, student, {OPTIONAL: SOLUTION}, OPTIONAL)
        (folder / "timestamp.txt").write_text("2026-12-02 10:00:00 UTC")
        for number in range(1000):  # as many as a submission may hold: the time is none of those too many
            (folder / f"a{number:03}.txt").write_text("")
    run(course, "autograder", "grade", OPTIONAL)
    run(course, "autograder", "report", OPTIONAL)
    students = json.loads((course / f"{OPTIONAL}_report.json").read_text())["students"]
    found = {row["student"]: (row["score"], row["penalty"], row["extension"]) for row in students}
    assert found == {"granted": (10, 0, 2), "late": (0, 10, 0)}
    page = (course / f"{OPTIONAL}_report.html").read_text()
    assert '<td class="number"></td><td class="number">2</td>' in page
    assert '<td class="number">10</td><td class="number"></td>' in page


def test_grading_one_notebook_keeps_the_other_one_s_grades(generated, tmp_path):
    course = new_course(generated, tmp_path / "course", only=OPTIONAL)
    source = course / "source" / OPTIONAL
    other = nbformat.read(source / NAME, as_version=4)
    nbformat.write(other, source / "second.ipynb")
    run(course, "nbgrader", "generate_assignment", OPTIONAL, "--force")
    write_submission(course, "anna", {OPTIONAL: SOLUTION}, OPTIONAL)
    run(course, "autograder", "grade", OPTIONAL)
    graded = course / "autograded" / "anna" / OPTIONAL
    before = (graded / "second.ipynb").read_bytes()
    write_submission(course, "anna", {}, OPTIONAL)
    run(course, "nbgrader", "autograde", OPTIONAL, f"--notebook={OPTIONAL}", "--force")
    assert (graded / "second.ipynb").read_bytes() == before
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        scores = {book.name: book.score for book in gradebook.find_submission(OPTIONAL, "anna").notebooks}
    assert scores == {OPTIONAL: 0, "second": 10}


def test_metadata_of_an_old_nbgrader_is_graded_in_submissions_and_named_in_source(generated, tmp_path):
    course = new_course(generated, tmp_path / "course", only=OPTIONAL)
    folder = write_submission(course, "anna", {OPTIONAL: SOLUTION}, OPTIONAL)

    def make_old(path):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if "nbgrader" in cell.metadata:
                cell.metadata.nbgrader["schema_version"] = 1
                cell.metadata.nbgrader.pop("task", None)
        nbformat.write(notebook, path)

    make_old(folder / NAME)
    run(course, "autograder", "grade", OPTIONAL)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert gradebook.find_submission(OPTIONAL, "anna").score == 10
    path = course / "source" / OPTIONAL / NAME
    source = nbformat.read(path, as_version=4)
    next(cell for cell in source.cells if "nbgrader" in cell.metadata).metadata.nbgrader.pop("grade_id")
    nbformat.write(source, path)
    said = run(course, "nbgrader", "autograde", OPTIONAL, "--force", status=1)
    assert "has metadata of an older nbgrader: run `nbgrader update" in said


def test_extensions_that_make_no_sense_are_named(generated, tmp_path):
    settings = f"c.SubmissionExporter.extensions = {{'{OPTIONAL}': {{'late': 'two days'}}}}\n"
    course = new_course(generated, tmp_path / "course", settings, only=OPTIONAL)
    write_submission(course, "late", {OPTIONAL: SOLUTION}, OPTIONAL)
    done = run_module(["autograder", "grade", OPTIONAL], course)
    assert done.returncode == 1 and "c.SubmissionExporter.extensions: {student: days} is expected" in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize("program", ["nbgrader autograde", "autograder grade"])
def test_a_gradebook_that_does_not_fit_names_the_fix(generated, tmp_path, program):
    course = new_course(generated, tmp_path / "course", only=OPTIONAL)
    write_submission(course, "anna", {OPTIONAL: SOLUTION}, OPTIONAL)
    words = [*program.split(), OPTIONAL]
    with sqlite3.connect(course / "gradebook.db") as database:
        database.execute("ALTER TABLE student RENAME COLUMN lms_user_id TO something_older")
    done = run_module(words, course)
    assert done.returncode == 1 and "run `nbgrader db upgrade`" in done.stdout and "SELECT" not in done.stdout
    (course / "gradebook.db").unlink()
    done = run_module(words, course)
    assert done.returncode == 1 and f"nbgrader generate_assignment {OPTIONAL} --force" in done.stdout


def test_a_deleted_answer_that_a_person_grades_counts_as_not_answered(generated, tmp_path):
    """nbgrader would ask for a grade for ever, and show nothing to grade."""
    course = new_course(generated, tmp_path / "course", only=OPTIONAL)
    path = course / "source" / OPTIONAL / NAME
    notebook = nbformat.read(path, as_version=4)
    for name, cell in (("words", nbformat.v4.new_markdown_cell("It learns.")), ("code", nbformat.v4.new_code_cell("x = 1"))):
        cell.metadata["nbgrader"] = {"grade": True, "solution": True, "locked": False, "points": 3, "grade_id": name}
        cell.metadata["nbgrader"] |= {"schema_version": 3, "task": False}
        notebook.cells.append(cell)
    nbformat.write(notebook, path)
    run(course, "nbgrader", "generate_assignment", OPTIONAL, "--force")
    folder = write_submission(course, "anna", {OPTIONAL: SOLUTION}, OPTIONAL)
    notebook = nbformat.read(folder / NAME, as_version=4)
    notebook.cells = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") not in ("words", "code")]
    nbformat.write(notebook, folder / NAME)
    run(course, "autograder", "grade", OPTIONAL)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        submission = gradebook.find_submission(OPTIONAL, "anna")
        assert submission.score == 10 and submission.max_score == 16 and not submission.needs_manual_grade
    cells = read(course, "anna").cells
    assert any("YOUR ANSWER HERE" in cell.source for cell in cells)
    assert any(cell.source.startswith("# YOUR CODE HERE") for cell in cells)
    assert "the answer 'words' was deleted; it counts as not answered" in cells[0].source


@pytest.mark.parametrize("program", ["nbgrader autograde", "autograder grade"])
def test_a_notebook_that_is_not_run_holds_its_points(generated, tmp_path, program):
    """With --no-execute, outputs are whatever the student's file holds: a hand-in among them is nobody's proof."""
    settings = "\nc.Execute.enabled = False\nc.ClearOutput.enabled = False\n" if program == "autograder grade" else ""
    course = new_course(generated, tmp_path / "course", settings, only=OPTIONAL)

    def with_a_hand_in(notebook):
        text = json.dumps({"exercise": OPTIONAL, "hidden": True, "cases": []})
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("grade"):
                cell.outputs = [nbformat.v4.new_output("display_data", {HAND_IN: text})]
        shown = nbformat.v4.new_output("display_data", {"text/plain": "shown at home"})
        forged = nbformat.v4.new_output("display_data", {VERDICT: {"exercise": "forged"}})
        for place in (0, len(notebook.cells) + 1):  # above and below the test cell
            notebook.cells.insert(place, nbformat.v4.new_code_cell("1", outputs=[shown, forged]))

    path = write_submission(course, "anna", {OPTIONAL: SOLUTION}, OPTIONAL) / NAME
    notebook = nbformat.read(path, as_version=4)
    with_a_hand_in(notebook)
    nbformat.write(notebook, path)
    run(course, *program.split(), OPTIONAL, *([] if settings else ["--no-execute"]))
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        submission = gradebook.find_submission(OPTIONAL, "anna")
        assert submission.score == 0 and submission.needs_manual_grade
    written = nbformat.writes(read(course, "anna"))
    assert "10 points held for the instructor: the notebook was not run" in written and "forged" not in written
    assert written.count("shown at home") == 2


@pytest.mark.nightly
def test_an_assignment_may_have_brackets_in_its_name(generated, tmp_path):
    name, course = "resnet (v2)", new_course(generated, tmp_path / "course", only=OPTIONAL)
    (course / "source" / OPTIONAL).rename(course / "source" / name)
    run(course, "nbgrader", "generate_assignment", name, "--force")
    write_notebooks(course / "submitted" / "müller" / name, {OPTIONAL: SOLUTION}, course / "release" / name)
    assert "graded 1" in run(course, "autograder", "grade", name)
    assert "made 1" in run(course, "autograder", "feedback", name)
    assert "0 with another score or penalty" in run(course, "autograder", "regrade", name)
    run(course, "autograder", "report", name)
    assert (course / f"{name}_report.html").exists() and (
        course / "feedback" / "müller" / name / f"{OPTIONAL}.html"
    ).exists()
    done = run_module(["autograder", "grade", "resnet+1"], course, apart=True)
    assert done.returncode == 1 and "should not contain the following characters: +" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_source_of_an_older_format_gives_its_cells_back(generated, tmp_path):
    """Cells of format 4.4 have no ids (found by nbgrader's own test_update_newer): a missing one, and an empty notebook."""
    course = new_course(generated, tmp_path / "course", only=OPTIONAL)
    path = course / "source" / OPTIONAL / NAME
    source = json.loads(path.read_text())
    source["nbformat_minor"] = 4
    for cell in source["cells"]:
        cell.pop("id", None)
    path.write_text(json.dumps(source))
    for student in ("without tests", "empty"):
        submitted = write_submission(course, student, {OPTIONAL: SOLUTION}, OPTIONAL) / NAME
        notebook = json.loads(submitted.read_text())
        kept = [cell for cell in notebook["cells"] if not cell["metadata"].get("nbgrader", {}).get("grade")]
        submitted.write_text(json.dumps({**notebook, "cells": kept if student != "empty" else []}))
    assert "graded 2 (2 of them repaired), skipped 0" in run(course, "autograder", "grade", OPTIONAL)
    assert "was missing; it was put back" in read(course, "without tests").cells[0].source
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        scores = {row["student"]: row["score"] for row in gradebook.submission_dicts(OPTIONAL)}
    assert scores == {"without tests": 10, "empty": 0}
