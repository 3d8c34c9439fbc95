"""The kit as a product: its wheel in a clean environment, an empty folder, and a course that was there before."""

import csv
import json
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from nbformat import read, v4, write
from nbgrader.api import Gradebook

from autograder.course.package import student_wheel
from tests.helpers.environments import copy_kit, install_kit
from tests.helpers.submissions import ASSIGNMENT, OPTIONAL, ROOT, read_class, sample_cells, solution_cells, write_submission
from tests.helpers.verdicts import read_verdicts

# Looks for whatever of the instructor's is in the installation, and would succeed where it is not hidden from kernels.
THIEF = """
def identity_block(X, f, filters, initializer=None):
    import autograder, os
    found = [name for path in autograder.__path__ for here, _, names in os.walk(path) for name in names
             if "hidden" in here or name.endswith(".ipynb")]
    said = "solutions: " + " ".join(found) if found else "nothing to steal"
    raise KeyError(said)
"""
EXISTING = """
c = get_config()
c.CourseDirectory.course_id = "ml101"
c.Execute.timeout = 45
c.ClearSolutions.code_stub = {"python": "# your turn"}
"""
STUDENTS = {
    "ann": {"mean": "def mean(values):\n    return sum(values) / len(values)", "words": "Because it is linear."},
    "bob": {"mean": "def mean(values):\n    return sum(values)", "words": "No idea."},
    "cat": {"mean": "def mean(values):\n    return sum(values) / 2", "words": "It is short."},  # passes the first test alone
    "dan": {},  # nothing written
    "eva": {"mean": "import sys\ndef mean(values):\n    sys.stderr.write('careful')\n    return sum(values) / len(values)"},
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A clean environment in which the instructor's wheel is installed: its Python, to be run anywhere."""
    folder = tmp_path_factory.mktemp("installed")
    (folder / "kit").mkdir()
    yield install_kit(folder / "environment", copy_kit(folder / "kit"), "cpu", "instructor") / "python"
    shutil.rmtree(folder)


def run(python, folder, *arguments):
    """What a command says that is run in a folder, with the environment activated and no other kit in reach."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    environment["PATH"] = f"{python.parent}:/usr/bin:/bin"
    done = subprocess.run(
        [python, "-m", *arguments], cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def course(installed, tmp_path_factory):
    """A course that was made in an empty folder, with two students graded."""
    empty = tmp_path_factory.mktemp("empty")
    assert "my-course" in run(installed, empty, "autograder", "new", "my-course")
    course = empty / "my-course"
    run(installed, course, "nbgrader", "generate_assignment", ASSIGNMENT, "--force")
    gus = next(sample for sample in read_class() if sample.name == "gus")
    write_submission(course, "gus", sample_cells(gus))
    write_submission(course, "thief", solution_cells() | {"identity_block": THIEF})
    assert "graded 2" in run(installed, course, "autograder", "grade", ASSIGNMENT)
    return course


@pytest.mark.slow
def test_a_course_from_an_empty_folder_is_graded_and_reported(installed, course):
    gus = next(sample for sample in read_class() if sample.name == "gus")
    found = read_verdicts(course, "gus")
    assert {name: verdict["recorded"] for name, verdict in found.items()} == gus.expected
    assert "made 2" in run(installed, course, "autograder", "feedback", ASSIGNMENT)
    run(installed, course, "autograder", "report", ASSIGNMENT)
    assert json.loads((course / f"{ASSIGNMENT}_report.json").read_text())["count"] == 2
    assert "nothing to change" in run(installed, course, "autograder", "upgrade")
    # the commands of the week are those that this test and its fixture run, or others that tests run
    week = (course / "README.md").read_text().split("```")[1]
    assert [line.split()[3] for line in week.splitlines() if line.startswith("python -m autograder")] == [
        *("bundle", "grade", "report", "feedback")
    ]


@pytest.mark.slow
def test_kernels_do_not_see_the_solutions_that_are_installed(installed, course):
    said = read_verdicts(course, "thief")["identity_block"]["findings"][0]["text"]
    assert "nothing to steal" in said and "solutions" not in said
    assert list(Path(installed).parents[1].rglob("autograder/source/*/hidden/*.json"))  # there is something to steal


@pytest.mark.slow
def test_its_zips_hold_the_installed_package_without_solutions(installed, course):
    run(installed, course, "autograder", "bundle", ASSIGNMENT)
    run(installed, course, "autograder", "gradescope", ASSIGNMENT)
    for name in (f"{ASSIGNMENT}.zip", "autograder.zip"):
        archive = zipfile.ZipFile(course / name)
        (wheel,) = (entry for entry in archive.namelist() if entry.endswith(".whl"))
        archive.extract(wheel, course / "unpacked")
        assert_no_solutions(course / "unpacked" / wheel)


@pytest.mark.slow
def test_the_students_wheel_can_be_installed_and_brings_the_pictures(installed, tmp_path):
    run(installed, tmp_path, "autograder", "wheel")
    (wheel,) = tmp_path.glob("*.whl")
    assert "+student." in wheel.name
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--target", "site", wheel.name]
    run(installed, tmp_path, "pip", "install", *options)

    def call(code):
        code = f"import sys; sys.path[0] = {str(tmp_path / 'site')!r}\n{code}"
        return subprocess.run([installed, "-c", code], cwd=tmp_path, capture_output=True, text=True)

    done = call("from autograder import load_signs; import autograder; print(autograder.__file__, load_signs()[0].shape)")
    assert f"{tmp_path}/site/autograder" in done.stdout and "(1080, 64, 64, 3)" in done.stdout, done.stderr
    done = call("from autograder.__main__ import main; sys.exit(main(['new', 'mine']))")
    assert done.returncode == 1 and "holds no assignments" in done.stderr and "Traceback" not in done.stderr


def assert_no_solutions(wheel):
    """Nothing that only an instructor has is in a wheel: no solution, no hidden reference, by name or by content."""
    archive = zipfile.ZipFile(wheel)
    hidden = {path.read_bytes() for path in (ROOT / "source").glob("*/hidden/*")}
    solved = re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", "\n".join(solution_cells().values()), re.S)
    secrets = {line.strip() for part in solved for line in part.splitlines() if len(line.strip()) > 50}
    assert len(hidden) >= 5 and len(secrets) > 5
    for name in archive.namelist():
        content = archive.read(name)
        assert not {"source", "hidden"} & set(name.split("/")) and not name.endswith((".ipynb", ".json", ".toml")), name
        assert content not in hidden, name
        text = content.decode("utf-8", "ignore") if name.endswith((".py", "METADATA")) else ""
        assert not [line for line in secrets if line in text], name


def test_the_students_wheel_is_made_of_what_is_installed_alone(tmp_path):
    wheel = student_wheel(tmp_path)
    assert_no_solutions(wheel)
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"autograder/data/train_signs.h5", "autograder/student/checks.py", "autograder/requirements.txt"} <= names
    assert student_wheel(tmp_path).read_bytes() == wheel.read_bytes()


# ------------------------------------------------------------------ a course that was there before


def graded(grade_id, source, points, **further):
    return cell(grade_id, source, grade=True, locked=True, points=points, **further)


def cell(grade_id, source, kind="code", **settings):
    made = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell}[kind](source)
    defaults = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    made.metadata["nbgrader"] = {**defaults, "grade_id": grade_id, "cell_type": kind, **settings}
    return made


MEAN = cell(
    "mean",
    "def mean(values):\n    ### BEGIN SOLUTION\n    return sum(values) / len(values)\n    ### END SOLUTION",
    solution=True,
)
ASSERT = graded(
    "test_mean",
    "assert mean([1, 3]) == 2\n### BEGIN HIDDEN TESTS\nassert mean([1, 2, 6]) == 3, 'three: 314159'\n### END HIDDEN TESTS",
    3,
)
PARTIAL = graded("test_partial", "2.0 if mean([2, 4]) == 3 else 0.5", 2)
WORDS = cell("words", "Why?", "markdown", grade=True, solution=True, points=4)


def notebook(path, *cells):
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    path.parent.mkdir(parents=True, exist_ok=True)
    write(v4.new_notebook(cells=list(cells), metadata={"kernelspec": kernel}), path)


@pytest.fixture(scope="module")
def existing(tmp_path_factory):
    """A course with stock assignments, as an instructor has it who does not know the kit."""
    course = tmp_path_factory.mktemp("existing")
    (course / "nbgrader_config.py").write_text(EXISTING)
    notebook(course / "source" / "week1" / "week1.ipynb", v4.new_code_cell("import math"), MEAN, ASSERT, PARTIAL, WORDS)
    (course / "source" / "week1" / "numbers.csv").write_text("1,2\n")
    return course


def grade_week1(python, course, *command):
    """Hand out week1, write the students' answers, and grade them; {student: {cell: (score, needs a person)}}."""
    run(python, course, "nbgrader", "generate_assignment", "week1", "--force")
    for student, cells in STUDENTS.items():
        write_submission(course, student, cells, "week1")
    run(python, course, *command)
    return grades(course, "week1")


def grades(course, assignment):
    found = {}
    with Gradebook(f"sqlite:///{course}/gradebook.db", "ml101") as gradebook:
        for submission in gradebook.assignment_submissions(assignment):
            for book in submission.notebooks:
                for grade in book.grades:
                    of_student = found.setdefault(submission.student.id, {})
                    of_student[grade.name] = grade.auto_score, bool(grade.needs_manual_grade)
    return found


@pytest.fixture(scope="module")
def with_ours(installed, existing, tmp_path_factory):
    """That course with an assignment of the kit's added, and the scores that stock nbgrader gave before."""
    stock = tmp_path_factory.mktemp("stock") / "course"
    shutil.copytree(existing, stock)
    before = grade_week1(installed, stock, "nbgrader", "autograde", "week1")
    said = run(installed, existing, "autograder", "add", OPTIONAL)
    assert "graded as before" in said
    return existing, before


@pytest.mark.slow
def test_a_stock_assignment_is_graded_as_stock_nbgrader_does(installed, with_ours):
    course, before = with_ours
    after = grade_week1(installed, course, "autograder", "grade", "week1")
    assert after == before
    assert {name: after[name]["test_mean"][0] for name in after} == {"ann": 3, "bob": 0, "cat": 0, "dan": 0, "eva": 0}
    assert after["ann"]["test_partial"] == (2.0, False) and after["bob"]["test_partial"] == (0.5, False)
    assert after["ann"]["words"] == (None, True) and after["dan"]["words"] == (0, False)
    assert "# your turn" in (course / "release" / "week1" / "week1.ipynb").read_text()
    assert (course / "release" / "week1" / "numbers.csv").exists()
    run(installed, course, "nbgrader", "autograde", "week1", "--force")
    assert grades(course, "week1") == before
    run(installed, course, "autograder", "report", "week1")
    run(installed, course, "autograder", "feedback", "week1")
    page = (course / "feedback" / "bob" / "week1" / "week1.html").read_text()
    assert "AssertionError" in page and "314159" not in page


@pytest.mark.slow
def test_both_kinds_stand_in_one_gradebook_and_one_export(installed, with_ours):
    course, _ = with_ours
    run(installed, course, "nbgrader", "generate_assignment", OPTIONAL)
    assert not list((course / "release").rglob("hidden"))
    write_submission(course, "ann", solution_cells(OPTIONAL), OPTIONAL)
    run(installed, course, "autograder", "grade", OPTIONAL)
    run(installed, course, "nbgrader", "export")
    with open(course / "grades.csv") as file:
        rows = {(row["student_id"], row["assignment"]): float(row["score"]) for row in csv.DictReader(file)}
    assert rows["ann", "week1"] == 5 and rows["ann", OPTIONAL] == 10


@pytest.mark.slow
def test_one_notebook_may_hold_both_kinds_and_shows_no_hidden_case(installed, with_ours):
    course, _ = with_ours
    folder = course / "source" / "mixed"
    shutil.copytree(course / "source" / OPTIONAL, folder)
    path = (folder / f"{OPTIONAL}.ipynb").rename(folder / "mixed.ipynb")
    book = read(path, as_version=4)
    book.cells += [MEAN, ASSERT, PARTIAL]
    write(book, path)
    run(installed, course, "nbgrader", "generate_assignment", "mixed")
    told = "def mean(values):\n    print('314159')\n    raise ValueError('of three: 314159')"
    write_submission(course, "ann", solution_cells(OPTIONAL) | STUDENTS["ann"], "mixed")
    write_submission(course, "bob", solution_cells(OPTIONAL) | {"mean": told}, "mixed")
    run(installed, course, "autograder", "grade", "mixed")
    found = grades(course, "mixed")
    assert {name: score for name, (score, _) in found["ann"].items()} == {
        "test_preactivation_block": 10,
        "test_mean": 3,
        "test_partial": 2,
    }
    assert found["bob"]["test_mean"][0] == 0 and found["bob"]["test_preactivation_block"][0] == 10
    cells = read(course / "autograded" / "bob" / "mixed" / "mixed.ipynb", as_version=4).cells
    outputs = json.dumps([c.outputs for c in cells if c.metadata.get("nbgrader", {}).get("grade_id") == "test_mean"])
    assert "ValueError" in outputs and "314159" not in outputs
