"""What cannot be graded, regraded or exported is named, with what to do; nothing else is lost by it."""

import os
import shutil
import subprocess
import sys

import pytest

from autograder.__main__ import main
from tests.helpers.commands import run_module
from tests.helpers.grader import run
from tests.helpers.submissions import OPTIONAL, new_course, solution_cells, write_submission

pytestmark = pytest.mark.slow
SOLUTION, NAME = solution_cells(OPTIONAL)[OPTIONAL], f"{OPTIONAL}.ipynb"


@pytest.mark.parametrize(
    "words", ["grade", "feedback", "report", "regrade", "check", "bundle", "gradescope", "record", "add"]
)
def test_a_name_of_an_assignment_that_nbgrader_refuses_is_named(words, capsys):
    assert main([words, "resnet+1"]) == 1
    said = capsys.readouterr().err
    assert "should not contain the following characters: +" in said and "Rename its folders" in said


@pytest.mark.parametrize(
    "mistake, commands",
    [
        ("c.Sandbox.memory = = 3", ["grade", "feedback", "report", "graders"]),
        ("c.Sandbox.memory = None + 3", ["regrade", "attempts"]),
    ],
)
def test_a_configuration_that_cannot_be_read_ends_every_command(generated, tmp_path, mistake, commands):
    """nbgrader says so in its log, and goes on without it: without judge and sandbox, with all points for everybody."""
    course = new_course(generated, tmp_path / "course", f"\n{mistake}\n", only=OPTIONAL)
    line = len((course / "nbgrader_config.py").read_text().splitlines())
    for words in commands:
        done = run_module(["autograder", words, OPTIONAL, *(["anna"] if words == "graders" else [])], course)
        assert done.returncode == 1 and "Traceback" not in done.stdout
        assert done.stdout.startswith("autograder: nbgrader_config.py cannot be read") and f"line {line}" in done.stdout


def test_a_configuration_without_the_kit_is_no_reason_to_grade_without_it(generated, tmp_path):
    course = new_course(generated, tmp_path / "course", only=OPTIONAL)
    (course / "nbgrader_config.py").write_text("c = get_config()\n")
    write_submission(course, "anna", {OPTIONAL: SOLUTION}, OPTIONAL)
    done = run_module(["autograder", "grade", OPTIONAL], course)
    assert done.returncode == 1 and f"python -m autograder add {OPTIONAL}" in done.stdout and "Traceback" not in done.stdout


def test_an_export_of_an_unknown_assignment_is_refused(generated, tmp_path):
    """It wrote a table without grades, and said that all was well."""
    course = new_course(generated, tmp_path / "course", only=OPTIONAL)
    words = "nbgrader export --exporter autograder.course.export.CanvasExport --assignment ['resnet+1']"
    done = run_module(words.split(), course, apart=True)
    assert done.returncode == 1 and f"No assignment resnet+1 in the gradebook. There: {OPTIONAL}" in done.stderr
    assert "Traceback" not in done.stderr and not (course / "canvas.csv").exists()


def test_where_names_are_no_text_the_student_is_named_and_graded_later(generated, tmp_path):
    """As in a cron job or a container without a locale: LC_ALL=C and Python told not to use UTF-8."""
    course = new_course(generated, tmp_path / "course", only=OPTIONAL)
    for student in ("müller", "anna"):
        write_submission(course, student, {OPTIONAL: SOLUTION}, OPTIONAL)
    ascii_only = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "grade", OPTIONAL], cwd=course, env=ascii_only, capture_output=True
    )
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 0 and "Traceback" not in said
    assert "graded 1, not gradable 1, skipped 0" in said
    assert "müller is not gradable: its name is no text here (ascii): set LC_ALL=C.UTF-8 and unset PYTHONUTF8" in said
    assert "graded 1, skipped 1" in run(course, "autograder", "grade", OPTIONAL)


def test_a_regrade_names_who_is_not_graded_again_and_new_points(generated, tmp_path):
    course = new_course(generated, tmp_path / "course", only=OPTIONAL)
    for student in ("anna", "ben", "cem"):
        write_submission(course, student, {OPTIONAL: SOLUTION}, OPTIONAL)
    (course / "submitted" / "dia").mkdir()
    (course / "submitted" / "dia" / OPTIONAL).symlink_to(course / "submitted" / "anna" / OPTIONAL)
    run(course, "autograder", "grade", OPTIONAL)
    shutil.rmtree(course / "submitted" / "ben")
    shutil.move(course / "submitted" / "cem" / OPTIONAL, course / "elsewhere")
    (course / "submitted" / "cem" / OPTIONAL).symlink_to(course / "elsewhere")
    path, notebook = course / "source" / OPTIONAL / "exercises" / f"{OPTIONAL}.toml", course / "source" / OPTIONAL / NAME
    path.write_text(path.read_text().replace("points = 1\n", "points = 2\n", 1))
    notebook.write_text(notebook.read_text().replace('"points": 10,', '"points": 11,'))
    said = run(course, "autograder", "regrade", OPTIONAL)
    assert f"{OPTIONAL} is worth 11 points now, 10 before" in said and f"anna: {OPTIONAL} 10 -> 11" in said
    assert "3 submissions, 1 with another score or penalty, 0 of them lose points" in said
    assert "ben is not graded again, the grade that is there stays" in said
    assert "cem is not graded again, the grade that is there stays: it is a link" in said
    assert "dia is not graded again, there is no grade: it is a link" in said
