"""Accidents of kernels and submissions happen to one class, as they come in life: nobody else loses anything."""

import asyncio
import shutil
import signal
import socket
import sys

import nbformat
import psutil
import pytest
import zmq

from autograder.sandbox import SandboxError
from autograder.sandbox.client import PORTS, SandboxClient
from tests.helpers.grader import COMMAND, SOLUTION, WRONG, Running, grade, run, says_and_waits, scores, waits
from tests.helpers.submissions import OPTIONAL, new_course, write_submission

pytestmark = pytest.mark.slow

SIGNALS = (signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP, signal.SIGTERM)
ACCIDENTS = [  # (student, when, what): names are in the order in which they are graded
    *((f"a_{number.name.lower()}", "a kernel", number) for number in SIGNALS),
    *((f"b_{number.name.lower()}", "a cell", number) for number in SIGNALS),
    ("c_vanishes", "a cell", "vanish"),
    ("d_sandbox", "a cell", "sandbox"),
]
HONEST = {"aa_right": SOLUTION, "bb_wrong": WRONG, "cc_right": SOLUTION, "dd_wrong": WRONG}


@pytest.fixture(scope="module")
def accidents(before, generated, tmp_path_factory):
    """A class in which something happens to most: the course, the log, and what was left behind when it was over."""
    limits = "\nc.Execute.timeout = 6\nc.ExecuteByQuestion.startup_timeout = 6\n"
    course = new_course(generated, tmp_path_factory.mktemp("accidents") / "course", limits, only=OPTIONAL)
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
            kernel.parents()[1].kill()
        else:
            kernel.send_signal(what)
        seen |= running.kernels()
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


@pytest.mark.parametrize("function", [pytest.param(False, marks=pytest.mark.nightly), True], ids=["", "function"])
def test_where_a_process_of_the_class_command_dies_nobody_loses_anything(generated, tmp_path, nothing_left, function):
    """New processes cannot be sent a function that nbgrader_config.py defines, such as nbclient's own `timeout_func`."""
    limits = "\nc.Execute.timeout_func = lambda cell: 60\n" if function else ""
    course = new_course(generated, tmp_path / "course", limits, only=OPTIONAL)
    write_submission(course, "a_waits", waits("waits"), OPTIONAL)
    for student, cells in HONEST.items():
        write_submission(course, student, cells, OPTIONAL)
    command = [sys.executable, "-m", "autograder", "grade", OPTIONAL, "--jobs=1"]
    running = Running(course, command)
    running.kernel("waits")
    command_line = psutil.Process(running.process.pid).cmdline()
    (worker,) = [child for child in psutil.Process(running.process.pid).children() if child.cmdline() == command_line]
    worker.kill()
    said = running.end()
    assert "Traceback" not in said and nothing_left()
    assert (running.process.returncode == 1 and "run the same command again" in said) if function else "graded 5" in said
    assert grade(course, command=command)[0] == 0
    assert {s: g == [10] for s, g in scores(course).items()} == {s: "wrong" not in s for s in ("a_waits", *HONEST)}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_cell_of_ours_that_did_not_come_to_its_end_is_run_again(generated, tmp_path, number):
    """In a full container, TensorFlow's import ended a kernel: then it was the student who had not defined `tf`."""
    course = new_course(generated, tmp_path / "course", "\nc.Execute.timeout = 10\n", only=OPTIONAL)
    path = course / "source" / OPTIONAL / f"{OPTIONAL}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    ours = next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "packages")
    ours.source += "\n" + says_and_waits("ours", 3)
    nbformat.write(notebook, path)
    run(course, "nbgrader", "generate_assignment", OPTIONAL, "--force")
    write_submission(course, "anna", SOLUTION, OPTIONAL)
    running = Running(course)
    running.kernel("ours").send_signal(number)
    log = running.end()
    assert scores(course) == {"anna": [10]} and "The kernel is started again" in log


# ------------------------------------------------------------------ the submission


def test_a_submission_that_came_again_after_its_grading_was_interrupted_is_graded(generated, tmp_path):
    """What marks it must not lie in the folder that is collected anew."""
    course = new_course(generated, tmp_path / "course", only=OPTIONAL)
    write_submission(course, "anna", waits("waits"), OPTIONAL)
    running = Running(course)
    running.kernel("waits").send_signal(signal.SIGSTOP)
    running.process.kill()
    running.end()
    shutil.rmtree(course / "submitted")
    write_submission(course, "anna", SOLUTION, OPTIONAL)
    log = grade(course)[1]
    assert scores(course) == {"anna": [10]} and "was interrupted; it is graded again" in log


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
