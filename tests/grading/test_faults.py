"""Faults injected into grading: nothing that was finished is lost, nothing half-done counts, the same command goes on
with what is left, and whoever reads the log knows what to do.

Faults that only keep a command from working are injected one after another into one course, which is then graded.
"""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys

import pytest

from autograder.sandbox.bubblewrap import in_container
from tests.helpers.grader import COMMAND, SOLUTION, WRONG, Running, grade, right, scores, waits
from tests.helpers.submissions import OPTIONAL, new_course, write_submission

pytestmark = pytest.mark.slow
DEVICES = ["bwrap", "--dev-bind", "/", "/"]


@pytest.fixture
def course(generated, tmp_path):
    """A course with two submissions: anna's is right, berta's is not."""
    return with_two(new_course(generated, tmp_path / "course", only=OPTIONAL))


def with_two(course):
    write_submission(course, "anna", SOLUTION, OPTIONAL)
    write_submission(course, "berta", WRONG, OPTIONAL)
    return course


# ------------------------------------------------------------------ the grader is killed

# A line of the log and how often it is there, or a moment in the life of a kernel; and a signal.
POINTS = [("Writing", 1, signal.SIGKILL), ("a kernel", 1, signal.SIGKILL), ("a cell", 1, signal.SIGINT)]
MORE_POINTS = [
    ("Creating/updating student", 2, signal.SIGKILL),
    ("Copying", 1, signal.SIGKILL),
    ("Overwriting files", 1, signal.SIGKILL),
    ("Sanitizing", 2, signal.SIGKILL),
    ("Autograding", 2, signal.SIGKILL),
    ("a cell", 1, signal.SIGKILL),
    ("a cell", 1, signal.SIGTERM),
    ("a cell", 1, signal.SIGHUP),
    ("Setting destination file permissions", 1, signal.SIGKILL),
]


@pytest.mark.parametrize("points", [POINTS, pytest.param(MORE_POINTS, marks=pytest.mark.nightly)], ids=["some", "more"])
def test_a_grader_stopped_again_and_again_ends_with_every_grade(generated, tmp_path, nothing_left, points):
    course = new_course(generated, tmp_path / "course", only=OPTIONAL)
    for student in ("0_wrong", "1_wrong", "2_wrong", "5_wrong"):
        write_submission(course, student, WRONG, OPTIONAL)
    for student in ("3_right", "4_right"):
        write_submission(course, student, waits("waits"), OPTIONAL)
    finished = {}
    for point, times, number in points:
        running = Running(course)
        if point == "a kernel":
            running.kernel()
        elif point == "a cell":
            running.kernel("waits")
        else:
            running.says(point, times)
        running.process.send_signal(number)
        running.end()
        assert nothing_left(), (point, number)
        found = scores(course)
        for student, grades in finished.items():
            assert found[student] == grades, (point, student)
        finished = {student: grades for student, grades in found.items() if None not in grades}
    assert 0 < len(finished) < 6
    status, log = grade(course)
    assert status == 0, log
    assert {s: g == [10] for s, g in scores(course).items()} == {
        student: student.endswith("right") for student in ("0_wrong", "1_wrong", "2_wrong", "3_right", "4_right", "5_wrong")
    }
    assert not list(course.glob("autograded/*/.unfinished*"))


# ------------------------------------------------------------------ nothing can be graded


@contextlib.contextmanager
def locked(course):
    with contextlib.closing(sqlite3.connect(course / "gradebook.db")) as database:
        database.execute("BEGIN EXCLUSIVE")
        yield []
        database.rollback()


@contextlib.contextmanager
def changed(path, change):
    """A file that is changed for a while."""
    keep = path.read_bytes()
    change(path)
    yield []
    path.write_bytes(keep)


def append(text):
    return lambda path: path.write_text(path.read_text() + text)


def read_only(name):
    return lambda course: contextlib.nullcontext([*DEVICES, "--ro-bind", course / name, course / name])


def without(path, change=os.unlink):
    return lambda course: changed(course / "source" / OPTIONAL / path, change)


HIDDEN = f"hidden/{OPTIONAL}.json"
FORBIDDEN = [*DEVICES, "--unshare-user", "--disable-userns", "--cap-drop", "ALL"]
FAULTS = {  # what is wrong, and the words that say so
    "a locked gradebook": (locked, ["Another program is writing to it"]),
    "a read-only gradebook": (read_only("gradebook.db"), ["You may not write to it"]),
    "a gradebook that is no database": (
        lambda course: changed(course / "gradebook.db", lambda path: path.write_bytes(b"not a database, really" * 100)),
        ["cannot be used"],
    ),
    "a folder that cannot be written to": (read_only("autograded"), ["Read-only file system"]),
    "no bubblewrap": (
        lambda course: contextlib.nullcontext(["env", "PATH=/nonexistent"]),
        ["sudo apt-get install bubblewrap"],
    ),
    "no namespaces": (
        lambda course: contextlib.nullcontext(FORBIDDEN),
        ["let bubblewrap make a sandbox", "--security-opt" if in_container() else "sudo sysctl"],
    ),
    "a limit that makes no sense": (
        lambda course: changed(course / "nbgrader_config.py", append("\nc.Sandbox.memory = 'much'\n")),
        ["memory", "Sandbox"],
    ),
    "a configuration that cannot be read": (  # nbgrader goes on without it: without sandbox and judge
        lambda course: changed(course / "nbgrader_config.py", append("\nc.Sandbox.memory = = 4000\n")),
        ["This notebook is not run", "nbgrader_config.py"],
    ),
    "a configuration without the kit's settings": (
        lambda course: changed(course / "nbgrader_config.py", lambda path: path.write_text("c = get_config()\n")),
        ["This notebook is not run", "python -m autograder add"],
    ),
    "no reference": (without(HIDDEN), [HIDDEN, "autograder record"]),
    "half a reference": (without(HIDDEN, lambda path: os.truncate(path, 500)), [HIDDEN]),
    "no exercise file": (without(f"exercises/{OPTIONAL}.toml"), [f"{OPTIONAL}.toml"]),
}


@pytest.fixture(scope="module")
def refused(generated, tmp_path_factory):
    """One course, in which one thing after another is wrong: the course, and {fault: (status, log, scores, graded)}."""
    course, said = with_two(new_course(generated, tmp_path_factory.mktemp("refused") / "course", only=OPTIONAL)), {}
    (course / "autograded").mkdir()
    for name, (fault, _) in FAULTS.items():
        with fault(course) as wrapper:
            status, log = grade(course, *wrapper)
        said[name] = status, log, scores(course), list(course.glob("autograded/*/*/*"))
    return course, said


@pytest.mark.parametrize("name", FAULTS)
def test_what_keeps_grading_from_working_is_named_and_grades_nothing(refused, name):
    status, log, found, graded = refused[1][name]
    assert status != 0 and all(words in log for words in FAULTS[name][1]), log
    assert all(None in grades for grades in found.values()), "an instructor's mistake must not become a student's zero"
    assert not graded
    if not name.startswith(("a folder", "a limit", "a configuration")):  # then it is nbgrader that speaks
        assert "Traceback" not in log, log


def test_when_it_is_put_right_the_same_command_grades_all(refused):
    status, log = grade(refused[0])
    assert status == 0 and right(refused[0]), log


# ------------------------------------------------------------------ in the middle of a run


@pytest.mark.nightly
def test_a_gradebook_that_is_locked_in_the_middle_costs_no_finished_grade(course, nothing_left):
    write_submission(course, "anna", waits("waits"), OPTIONAL)
    running = Running(course)
    running.kernel("waits")
    with locked(course):
        running.end()
    assert nothing_left()
    assert grade(course)[0] == 0 and right(course)


@pytest.mark.parametrize(
    "space", [120_000, *(pytest.param(space, marks=pytest.mark.nightly) for space in (0, 20_000, 60_000, 250_000))]
)
def test_a_full_disk_loses_nothing(course, space, nothing_left):
    """The course lies on a small disk, on which `space` bytes are left; then some are made free again."""
    script = (
        f"cp -r {course}/. /disk; cd /disk; dd if=/dev/zero of=filler bs=1000 count=100000 2>/dev/null; "
        f"truncate -s -{space} filler; {' '.join(COMMAND)}; rm filler; echo SECOND RUN; {' '.join(COMMAND)} && "
        f"cp gradebook.db {course}/gradebook.db && echo DONE"
    )
    done = subprocess.run(
        [*DEVICES, "--size", "30000000", "--tmpfs", "/disk", "--chdir", "/disk", "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert "DONE" in done.stdout and right(course), done.stdout + done.stderr
    assert nothing_left()


# ------------------------------------------------------------------ the sandbox


@pytest.mark.nightly
def test_python_may_be_installed_under_tmp(course):
    elsewhere = [*DEVICES, "--tmpfs", "/tmp", "--bind", course, course, "--bind", sys.prefix, "/tmp/venv"]
    status, log = grade(course, *elsewhere, command=["/tmp/venv/bin/python", *COMMAND[1:]])
    assert status == 0 and right(course), log


def test_without_a_sandbox_it_is_said_loudly(course):
    append("\nc.Sandbox.sandbox = 'none'\n")(course / "nbgrader_config.py")
    status, log = grade(course)
    assert status == 0 and "SUBMISSIONS RUN WITHOUT A SANDBOX" in log and right(course)
