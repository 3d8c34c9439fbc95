"""Faults injected into grading: nothing that was finished is lost, nothing half-done counts, the same command goes on
with what is left, and whoever reads the log knows what to do."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import psutil
import pytest
import zmq
from nbgrader.api import Gradebook

from autograder.sandbox.client import PORTS, SandboxClient
from tests.helpers.submissions import OPTIONAL, make_course, solution_cells, write_submission
from tools.attack import Range

pytestmark = pytest.mark.slow
SOLUTION = solution_cells(OPTIONAL)
WRONG = {OPTIONAL: f"def {OPTIONAL}(*arguments, **options):\n    return arguments[0]\n"}
COMMAND = [sys.executable, "-m", "nbgrader", "autograde", OPTIONAL]


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("template"))
    subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", OPTIONAL, "--force"],
        cwd=course,
        check=True,
        capture_output=True,
    )
    return course


@pytest.fixture
def course(template, tmp_path):
    """A course with two submissions: anna's is right, berta's is not."""
    folder = tmp_path / "course"
    shutil.copytree(template, folder)
    write_submission(folder, "anna", SOLUTION, OPTIONAL)
    write_submission(folder, "berta", WRONG, OPTIONAL)
    return folder


def grade(course, *wrapper, command=COMMAND, **environment):
    """Run the command; its exit status and what it said."""
    done = subprocess.run(
        [*wrapper, *command],
        cwd=course,
        env={**os.environ, **environment},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
    )
    return done.returncode, done.stdout


def scores(course):
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return {
            s.student.id: [g.auto_score for n in s.notebooks for g in n.grades]
            for s in gradebook.assignment_submissions(OPTIONAL)
        }


def right(course):
    found = scores(course)
    return found["anna"] == [10] and found["berta"][0] < 10


def nothing_left():
    """No process is left; killed ones need a moment to end. Nothing of a kernel is on disk at any time."""
    for _ in range(50):
        if not Range.survivors():
            return True
        time.sleep(0.1)
    return False


def start(course, until, seconds=0.0):
    """Start the command, and return it some seconds after it has written `until` to its log."""
    process = subprocess.Popen(COMMAND, cwd=course, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for line in process.stdout:
        if until in line:
            time.sleep(seconds)
            return process
    raise AssertionError(f"it never said {until!r}")


def kernel_of(process):
    """The kernel of a running command, which is a grandchild of the warm parent."""
    for _ in range(200):
        for child in psutil.Process(process.pid).children(recursive=True):
            try:
                if (
                    all("inside.py" in " ".join(p.cmdline()) for p in (child, child.parent(), child.parent().parent()))
                    and "bwrap" not in child.parent().parent().name()
                ):
                    return child
            except psutil.Error:
                pass
        time.sleep(0.05)
    raise AssertionError("no kernel was started")


# ------------------------------------------------------------------ the grader is killed

POINTS = [
    ("Copying", 0),
    ("Creating/updating student", 0),
    ("Overwriting files", 0),
    ("Sanitizing", 0),
    ("Writing", 0),
    ("Autograding", 0),
    ("Autograding", 0.1),
    ("Autograding", 0.3),
    ("Autograding", 0.6),
    ("Autograding", 1.5),
    ("Autograding", 3),
    ("Setting destination file permissions", 0),
]


def test_a_grader_killed_again_and_again_ends_with_every_grade(template, tmp_path):
    course = tmp_path / "course"
    shutil.copytree(template, course)
    for number in range(3):
        write_submission(course, f"right_{number}", SOLUTION, OPTIONAL)
        write_submission(course, f"wrong_{number}", WRONG, OPTIONAL)
    finished = {}
    for point, seconds in POINTS:
        try:
            process = start(course, point, seconds)
        except AssertionError:  # all are graded already
            break
        process.kill()
        process.communicate()
        assert nothing_left(), (point, seconds)
        found = scores(course) if (course / "gradebook.db").exists() else {}
        for student, grades in finished.items():
            assert found[student] == grades, (point, student)
        finished = {student: grades for student, grades in found.items() if None not in grades}
    status, log = grade(course)
    assert status == 0, log
    assert {s: g == [10] for s, g in scores(course).items()} == {
        f"{kind}_{number}": kind == "right" for kind in ("right", "wrong") for number in range(3)
    }
    assert not list(course.glob("submitted/*/*/.unfinished"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_grader_that_is_told_to_stop_leaves_nothing_behind(course, number):
    process = start(course, "Autograding", 1)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert nothing_left()
    status, log = grade(course)
    assert status == 0 and right(course), log


# ------------------------------------------------------------------ the gradebook


def test_a_locked_gradebook_is_named_and_nothing_is_lost(course):
    with sqlite3.connect(course / "gradebook.db") as database:
        database.execute("BEGIN EXCLUSIVE")
        status, log = grade(course)
        assert status == 1 and "Another program is writing to it" in log and "Traceback" not in log
        database.rollback()
    assert grade(course)[0] == 0 and right(course)


def test_a_gradebook_that_is_locked_in_the_middle_costs_no_finished_grade(course):
    process = start(course, "Autograding", 0.5)
    with sqlite3.connect(course / "gradebook.db", timeout=60) as database:
        database.execute("BEGIN EXCLUSIVE")
        process.communicate(timeout=120)
        database.rollback()
    assert nothing_left()
    assert grade(course)[0] == 0 and right(course)


def test_a_read_only_gradebook_is_named(course):
    read_only = ["bwrap", "--dev-bind", "/", "/", "--ro-bind", course / "gradebook.db", course / "gradebook.db"]
    status, log = grade(course, *read_only)
    assert status == 1 and "You may not write to it" in log and "Traceback" not in log
    assert grade(course)[0] == 0 and right(course)


def test_a_gradebook_that_is_no_database_is_named(course):
    keep = (course / "gradebook.db").read_bytes()
    (course / "gradebook.db").write_bytes(b"not a database, really" * 100)
    status, log = grade(course)
    assert status == 1 and "cannot be used" in log and "Traceback" not in log
    (course / "gradebook.db").write_bytes(keep)
    assert grade(course)[0] == 0 and right(course)


# ------------------------------------------------------------------ disks


@pytest.mark.parametrize("space", [0, 20_000, 60_000, 120_000, 250_000])
def test_a_full_disk_loses_nothing(course, space):
    """The course lies on a small disk, on which `space` bytes are left; then some are made free again."""
    script = (
        f"cp -r {course}/. /disk; cd /disk; dd if=/dev/zero of=filler bs=1000 count=100000 2>/dev/null; "
        f"truncate -s -{space} filler; {' '.join(COMMAND)}; rm filler; echo SECOND RUN; {' '.join(COMMAND)} && "
        f"cp gradebook.db {course}/gradebook.db && echo DONE"
    )
    done = subprocess.run(
        ["bwrap", "--dev-bind", "/", "/", "--size", "30000000", "--tmpfs", "/disk", "--chdir", "/disk", "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert "DONE" in done.stdout and right(course), done.stdout + done.stderr
    assert nothing_left()


def test_a_folder_that_cannot_be_written_to_is_named(course):
    (course / "autograded").mkdir()
    status, log = grade(course, "bwrap", "--dev-bind", "/", "/", "--ro-bind", course / "autograded", course / "autograded")
    assert status == 1 and "Read-only file system" in log
    assert grade(course)[0] == 0 and right(course)


# ------------------------------------------------------------------ the sandbox


def test_without_bubblewrap_nothing_is_graded_and_one_line_says_what_to_do(course):
    status, log = grade(course, PATH="/nonexistent")
    assert status == 1 and "sudo apt-get install bubblewrap" in log and "Traceback" not in log
    assert not (course / "autograded").exists()


def test_where_namespaces_are_forbidden_nothing_is_graded_and_one_line_says_what_to_do(course):
    status, log = grade(course, "bwrap", "--dev-bind", "/", "/", "--unshare-user", "--disable-userns", "--cap-drop", "ALL")
    assert status == 1 and "sudo sysctl" in log and "Traceback" not in log
    assert not (course / "autograded").exists()


def test_python_may_be_installed_under_tmp(course):
    elsewhere = [
        "bwrap",
        "--dev-bind",
        "/",
        "/",
        "--tmpfs",
        "/tmp",
        "--bind",
        course,
        course,
        "--bind",
        sys.prefix,
        "/tmp/venv",
    ]
    status, log = grade(course, *elsewhere, command=["/tmp/venv/bin/python", *COMMAND[1:]])
    assert status == 0 and right(course), log


def test_without_a_sandbox_it_is_said_loudly(course):
    with open(course / "nbgrader_config.py", "a") as file:
        file.write("\nc.Sandbox.sandbox = 'none'\n")
    status, log = grade(course)
    assert status == 0 and "SUBMISSIONS RUN WITHOUT A SANDBOX" in log and right(course)


def test_a_limit_that_makes_no_sense_is_named(course):
    with open(course / "nbgrader_config.py", "a") as file:
        file.write("\nc.Sandbox.memory = 'much'\n")
    status, log = grade(course)
    assert status != 0 and "memory" in log and "Sandbox" in log


# ------------------------------------------------------------------ the kernel


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP, signal.SIGTERM], ids=lambda number: number.name
)
@pytest.mark.parametrize("seconds", [0, 0.2])
def test_a_kernel_killed_from_outside_does_not_stop_the_class(course, number, seconds):
    with open(course / "nbgrader_config.py", "a") as file:
        file.write("\nc.Execute.timeout = 15\nc.ExecuteByQuestion.startup_timeout = 15\n")
    slow = {OPTIONAL: "import time\ntime.sleep(1)\n" + SOLUTION[OPTIONAL]}  # so that the kernel is still there
    write_submission(course, "anna", slow, OPTIONAL)
    process = start(course, "Autograding")
    kernel = kernel_of(process)
    time.sleep(seconds)
    kernel.send_signal(number)
    log, _ = process.communicate(timeout=180)
    assert nothing_left()
    assert scores(course)["berta"][0] is not None and scores(course)["berta"][0] < 10, log
    assert grade(course, command=[*COMMAND, "--force"])[0] == 0 and right(course)


def test_a_sandbox_killed_from_outside_does_not_stop_the_class(course):
    process = start(course, "Autograding")
    kernel_of(process).parent().parent().parent().kill()
    process.communicate(timeout=180)
    assert nothing_left() and scores(course)["berta"][0] is not None
    assert grade(course, command=[*COMMAND, "--force"])[0] == 0 and right(course)


# ------------------------------------------------------------------ the assignment and the submission


def test_a_missing_reference_is_named(course):
    (course / "source" / OPTIONAL / "hidden" / f"{OPTIONAL}.json").unlink()
    status, log = grade(course)
    assert status == 1 and f"hidden/{OPTIONAL}.json" in log and "autograder record" in log
    assert None in scores(course)["anna"], "an instructor's mistake must not become a student's zero"


def test_a_damaged_reference_is_named(course):
    path = course / "source" / OPTIONAL / "hidden" / f"{OPTIONAL}.json"
    path.write_text(path.read_text()[:500])
    status, log = grade(course)
    assert status == 1 and f"hidden/{OPTIONAL}.json" in log
    assert None in scores(course)["anna"]


def test_a_missing_exercise_file_is_named(course):
    (course / "source" / OPTIONAL / "exercises" / f"{OPTIONAL}.toml").unlink()
    status, log = grade(course)
    assert status == 1 and f"{OPTIONAL}.toml" in log and None in scores(course)["anna"]


def test_a_submission_that_vanishes_does_not_stop_the_class(course):
    process = start(course, "Creating/updating student")
    shutil.rmtree(course / "submitted" / "anna")
    process.communicate(timeout=180)
    assert scores(course)["berta"][0] is not None and scores(course)["berta"][0] < 10


@pytest.mark.parametrize(
    "make",
    [lambda path: path.mkdir(), lambda path: path.symlink_to("/etc/passwd"), lambda path: path.write_text("")],
    ids=["folder", "link", "file"],
)
def test_what_stands_in_the_marker_s_place_does_not_stop_the_class(course, make):
    make(course / "submitted" / "anna" / OPTIONAL / ".unfinished")
    _status, log = grade(course)
    assert right(course), log


def test_what_an_earlier_grader_left_is_removed(course):
    half = course / "autograded" / "anna" / OPTIONAL
    half.mkdir(parents=True)
    (half / f"{OPTIONAL}.ipynb").write_text("{")
    (course / "submitted" / "anna" / OPTIONAL / ".unfinished").write_text("")
    status, log = grade(course)
    assert status == 0 and right(course) and "was interrupted; it is graded again" in log


def test_sending_to_a_kernel_that_takes_nothing_comes_to_an_end(tmp_path):
    """0MQ itself would wait for ever, in a call that no time limit of a cell ends."""
    client = SandboxClient(transport="ipc", ip=str(tmp_path / "s"), **PORTS)
    client.start_channels()
    with pytest.raises(zmq.Again):  # noqa: PT012 (how many fit is the machine's)
        for _ in range(10_000):
            client.kernel_info()
    client.stop_channels()
