"""The class command: the same grades as nbgrader's, whatever the others hand in, and nothing lost when something dies."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.helpers.attacks import WRONG, read_attacks
from tests.helpers.cluster import dask_cluster
from tests.helpers.commands import run_module
from tests.helpers.submissions import (
    ASSIGNMENT,
    IMPATIENT,
    new_course,
    read_class,
    solution_cells,
    write_sample,
    write_submission,
)
from tests.helpers.verdicts import read_verdicts

pytestmark = pytest.mark.slow
GRADE = ["autograder", "grade", ASSIGNMENT]
COMMAND = [sys.executable, "-m", *GRADE]
HOSTILE = ("abort", "escape_codes", "loop_forever")  # attacks: test_attacks has all
MANGLED = {
    "half": lambda path: os.truncate(path, 3000),
    "empty": lambda path: os.truncate(path, 0),
    "folder": lambda path: (path.unlink(), path.mkdir()),
    "gone": lambda path: path.unlink(),
}


def write_honest(course, count=5):
    """Some honest students; their names."""
    samples = [sample for sample in read_class() if not sample.endless][:count]
    for sample in samples:
        write_sample(course, sample)
    return [f"sample_{sample.name}" for sample in samples]


def all_verdicts(course, students):
    return {student: read_verdicts(course, student) for student in students}


@pytest.fixture(scope="module")
def alone(generated, tmp_path_factory):
    """The verdicts of the honest students in a class of their own, graded by nbgrader."""
    course = new_course(generated, tmp_path_factory.mktemp("alone") / "course")
    names = write_honest(course)
    done = run_module(["nbgrader", "autograde", ASSIGNMENT], course)
    assert done.returncode == 0, done.stdout[-3000:]
    return all_verdicts(course, names)


@pytest.fixture(scope="module")
def mixed(generated, tmp_path_factory):
    """A class of twelve, graded by the class command: the course, and what the command said."""
    course = new_course(generated, tmp_path_factory.mktemp("mixed") / "course", IMPATIENT)
    write_honest(course)
    attacks = {attack.name: attack for attack in read_attacks()}
    for name in HOSTILE:
        code = attacks[name].code.replace("{course}", str(course)).replace("{home}", "/root").replace("{port}", "9")
        write_submission(course, f"t_{name}", {**solution_cells(), "identity_block": WRONG + code})
    for name, change in MANGLED.items():
        change(write_submission(course, f"q_{name}", solution_cells()) / "residual_networks.ipynb")
    done = run_module([*GRADE, "--jobs", "2"], course, apart=True)
    return course, done


def test_hostile_and_mangled_submissions_do_not_change_the_grades_of_others(alone, mixed):
    course, done = mixed
    assert done.returncode == 0, done.stdout + done.stderr
    assert "graded 12, skipped 0" in done.stdout
    assert all_verdicts(course, alone) == alone


def test_progress_is_seen_where_the_output_is_no_terminal(mixed):
    _, done = mixed
    assert re.search(r"grading: 12 to do\n(grading: \d+ of 12 done, \d+ per minute\n)+", done.stdout)


def test_hostile_submissions_gain_nothing(mixed):
    course, _ = mixed
    for name in HOSTILE:
        assert read_verdicts(course, f"t_{name}")["identity_block"]["recorded"] == 0, name
    for name in MANGLED:
        assert read_verdicts(course, f"q_{name}")["identity_block"]["status"] == "unreadable"


def test_what_is_graded_is_skipped_unless_forced(mixed):
    course, _ = mixed
    done = run_module(GRADE, course, apart=True)
    assert "graded 0, skipped 12" in done.stdout
    done = run_module([*GRADE, "--force", "--student", "sample_ad*"], course)
    assert "graded 1, skipped 0" in done.stdout


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.nightly)], ids=lambda number: number.name
)
def test_a_stopped_class_goes_on_where_it_was(generated, alone, tmp_path, number):
    course = new_course(generated, tmp_path / "course")
    names = write_honest(course)
    process = subprocess.Popen(
        [sys.executable, "-m", *GRADE], cwd=course, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while len(list(course.glob("autograded/*/*/*.ipynb"))) < 6:  # of two each; some submission is graded by then
        time.sleep(0.2)
        assert process.poll() is None
    process.send_signal(number)
    said, errors = process.communicate(timeout=60)
    if number == signal.SIGINT:
        assert "goes on with what is left" in said and "Traceback" not in errors
    done = run_module(GRADE, course, apart=True)
    assert done.returncode == 0 and "skipped 0" not in done.stdout, done.stdout + done.stderr
    assert all_verdicts(course, names) == {name: alone[name] for name in names}


def test_an_unknown_assignment_is_named(generated):
    done = run_module([*GRADE[:-1], "residual_netwerks"], generated, apart=True)
    assert done.returncode == 1 and "residual_netwerks" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.nightly
def test_a_dask_worker_that_dies_costs_nothing(generated, alone, tmp_path):
    """Two workers with folders of their own; one is killed in the middle, with all that it runs."""
    course = new_course(generated, tmp_path / "course")
    names = write_honest(course)
    with dask_cluster(tmp_path) as (address, workers):
        process = subprocess.Popen(
            [*COMMAND, "--scheduler", address], cwd=course, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        while len(list(course.glob("autograded/*"))) < 3:
            time.sleep(0.2)
            assert process.poll() is None, process.communicate()
        workers[0].kill()
        said, _ = process.communicate(timeout=300)
        assert process.returncode == 0 and "graded 5" in said, said
        assert all_verdicts(course, names) == {name: alone[name] for name in names}
