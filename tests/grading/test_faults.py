"""Faults injected into grading: nothing that was finished is lost, nothing half-done counts, the same command goes on
with what is left, and whoever reads the log knows what to do.

Faults that only keep a command from working are injected one after another into one course, which is then graded;
accidents of kernels and submissions happen to one class, as they come in life.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

import psutil
import pytest
import zmq
from nbgrader.api import Gradebook

from autograder.sandbox import SandboxError
from autograder.sandbox.bubblewrap import in_container
from autograder.sandbox.client import PORTS, SandboxClient
from tests.helpers.processes import adopt_orphans, left_behind
from tests.helpers.submissions import OPTIONAL, new_course, solution_cells, write_submission

pytestmark = pytest.mark.slow
SOLUTION = solution_cells(OPTIONAL)
WRONG = {OPTIONAL: f"def {OPTIONAL}(*arguments, **options):\n    return arguments[0]\n"}
COMMAND = [sys.executable, "-m", "nbgrader", "autograde", OPTIONAL]
DEVICES = ["bwrap", "--dev-bind", "/", "/"]


def waits(name):
    """The solution, which says by its process's name that its cell runs, and stays in it for a while."""
    say = f"import ctypes, time\nctypes.CDLL(None).prctl(15, b'{name}', 0, 0, 0)\ntime.sleep(6)\n"
    return {OPTIONAL: say + SOLUTION[OPTIONAL]}


@pytest.fixture(scope="module", autouse=True)
def before():
    return adopt_orphans()


@pytest.fixture
def nothing_left(before):
    """A function: whether no process is left; killed ones need a moment to end. It says which are."""

    def look():
        for _ in range(300):
            if not (left := left_behind(before)):
                return True
            time.sleep(0.1)
        raise AssertionError(left)

    return look


@pytest.fixture
def course(generated, tmp_path):
    """A course with two submissions: anna's is right, berta's is not."""
    return with_two(new_course(generated, tmp_path / "course"))


def with_two(course):
    write_submission(course, "anna", SOLUTION, OPTIONAL)
    write_submission(course, "berta", WRONG, OPTIONAL)
    return course


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


class Running:
    """The command while it runs: what it has said so far, and its kernels."""

    def __init__(self, course):
        self.process = subprocess.Popen(COMMAND, cwd=course, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.lines = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)

    def until(self, find, seconds=120):
        """What `find` returns as soon as that is something; an AssertionError if the command ends before."""
        end = time.monotonic() + seconds
        while not (found := find()):
            assert self.process.poll() is None and time.monotonic() < end, "".join(self.lines)
            time.sleep(0.02)
        return found

    def says(self, text, times=1):
        return self.until(lambda: sum(text in line for line in list(self.lines)) >= times)

    def kernel(self, name=None, but=()):
        """A kernel, a grandchild of the warm parent: one whose cell has said this name, or any but those given."""
        return self.until(lambda: next((k for k in self._kernels() if (k.name() == name if name else k not in but)), None))

    def _kernels(self):
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                above = [child, *child.parents()[:2]]
                if all("inside.py" in " ".join(p.cmdline()) for p in above) and "bwrap" not in above[2].name():
                    yield child

    def end(self):
        """Wait for the end; the log."""
        self.process.wait(300)
        self.reader.join(20)
        self.process.stdout.close()
        return "".join(self.lines)


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
    course = new_course(generated, tmp_path / "course")
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
    assert not list(course.glob("submitted/*/*/.unfinished"))


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
    "no reference": (without(HIDDEN), [HIDDEN, "autograder record"]),
    "half a reference": (without(HIDDEN, lambda path: os.truncate(path, 500)), [HIDDEN]),
    "no exercise file": (without(f"exercises/{OPTIONAL}.toml"), [f"{OPTIONAL}.toml"]),
}


@pytest.fixture(scope="module")
def refused(generated, tmp_path_factory):
    """One course, in which one thing after another is wrong: the course, and {fault: (status, log, scores, graded)}."""
    course, said = with_two(new_course(generated, tmp_path_factory.mktemp("refused") / "course")), {}
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
    if name not in ("a folder that cannot be written to", "a limit that makes no sense"):  # nbgrader's own words
        assert "Traceback" not in log, log


def test_when_it_is_put_right_the_same_command_grades_all(refused):
    status, log = grade(refused[0])
    assert status == 0 and right(refused[0]), log


# ------------------------------------------------------------------ in the middle of a run


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


def test_python_may_be_installed_under_tmp(course):
    elsewhere = [*DEVICES, "--tmpfs", "/tmp", "--bind", course, course, "--bind", sys.prefix, "/tmp/venv"]
    status, log = grade(course, *elsewhere, command=["/tmp/venv/bin/python", *COMMAND[1:]])
    assert status == 0 and right(course), log


def test_without_a_sandbox_it_is_said_loudly(course):
    append("\nc.Sandbox.sandbox = 'none'\n")(course / "nbgrader_config.py")
    status, log = grade(course)
    assert status == 0 and "SUBMISSIONS RUN WITHOUT A SANDBOX" in log and right(course)


# ------------------------------------------------------------------ accidents in one class

SIGNALS = (signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP, signal.SIGTERM)
ACCIDENTS = [  # (student, when, what): names are in the order in which they are graded
    *((f"a_{number.name.lower()}", "a kernel", number) for number in SIGNALS),
    *((f"b_{number.name.lower()}", "a cell", number) for number in SIGNALS),
    ("c_vanishes", "a cell", "vanish"),
    ("d_sandbox", "a cell", "sandbox"),
]
HONEST = {"aa_right": SOLUTION, "bb_wrong": WRONG, "cc_right": SOLUTION, "dd_wrong": WRONG}


@pytest.fixture(scope="module")
def accidents(generated, tmp_path_factory):
    """A class in which something happens to most: the course, the log, and what was left behind when it was over."""
    limits = "\nc.Execute.timeout = 10\nc.ExecuteByQuestion.startup_timeout = 10\n"
    course = new_course(generated, tmp_path_factory.mktemp("accidents") / "course", limits)
    for student, when, _ in ACCIDENTS:
        write_submission(course, student, waits(student) if when == "a cell" else SOLUTION, OPTIONAL)
    for student, cells in HONEST.items():
        write_submission(course, student, cells, OPTIONAL)
    running, seen = Running(course), set()
    for student, when, what in ACCIDENTS:
        running.says(f"/submitted/{student}/")
        kernel = running.kernel(student if when == "a cell" else None, seen)
        if what == "vanish":
            shutil.rmtree(course / "submitted" / student)
        elif what == "sandbox":
            kernel.parents()[2].kill()
        else:
            kernel.send_signal(what)
        seen |= set(running._kernels())
    return course, running.end()


def test_what_happens_to_kernels_does_not_stop_the_class(accidents, nothing_left):
    course, log = accidents
    found = scores(course)
    assert {student: found[student] == [10] for student in HONEST} == {
        student: cells is SOLUTION for student, cells in HONEST.items()
    }, log
    assert nothing_left()


def test_after_accidents_the_same_command_gives_the_right_grades(accidents):
    course, _ = accidents
    for student, _, _ in ACCIDENTS:
        write_submission(course, student, SOLUTION, OPTIONAL)
    status, log = grade(course, command=[*COMMAND, "--force"])
    assert status == 0, log
    assert all(grades == [10] for student, grades in scores(course).items() if "wrong" not in student), log


# ------------------------------------------------------------------ the submission


@pytest.fixture(scope="module")
def strange(generated, tmp_path_factory):
    """A class with odd things where the marker of unfinished gradings lies: the log, and {student: scores}."""
    course = new_course(generated, tmp_path_factory.mktemp("strange") / "course")
    for student, make in (
        ("folder", lambda path: path.mkdir()),
        ("link", lambda path: path.symlink_to("/etc/passwd")),
        ("file", lambda path: path.write_text("")),
        ("half", lambda path: path.write_text("")),
    ):
        make(write_submission(course, student, SOLUTION, OPTIONAL) / ".unfinished")
    half = course / "autograded" / "half" / OPTIONAL
    half.mkdir(parents=True)
    (half / f"{OPTIONAL}.ipynb").write_text("{")
    write_submission(course, "wrong", WRONG, OPTIONAL)
    return grade(course)[1], scores(course)


@pytest.mark.parametrize("student", ["folder", "link", "file"])
def test_what_stands_in_the_marker_s_place_does_not_stop_the_class(strange, student):
    log, found = strange
    assert found[student] == [10] and found["wrong"][0] < 10, log


def test_what_an_earlier_grader_left_is_removed(strange):
    log, found = strange
    assert found["half"] == [10] and "was interrupted; it is graded again" in log


def test_sending_to_a_kernel_that_takes_nothing_comes_to_an_end(tmp_path):
    """0MQ itself would wait for ever, in a call that no time limit of a cell ends."""
    client = SandboxClient(transport="ipc", ip=str(tmp_path / "s"), **PORTS)
    sockets = [socket.socket(socket.AF_UNIX) for _ in PORTS]
    for listener, port in zip(sockets, PORTS.values()):  # as a kernel's that never accepts
        listener.bind(f"{client.ip}-{port}")
        listener.listen(1)
    client.is_alive = lambda: asyncio.sleep(0, True)
    with pytest.raises(SandboxError, match="does not reply"):
        asyncio.run(client.wait_for_ready(0.5))
    with pytest.raises(zmq.Again):  # noqa: PT012
        for _ in range(10_000):
            client.kernel_info()
    client.stop_channels()
    for listener in sockets:
        listener.close()
