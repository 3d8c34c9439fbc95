"""How long a warm parent lives, and whom it serves: commands in courses, each in a process of its own."""

import contextlib
import os
import signal
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from tests.helpers.grader import COMMAND, SOLUTION, Running, run, scores, waits
from tests.helpers.submissions import OPTIONAL, new_course, write_submission

pytestmark = pytest.mark.slow


def parents():
    """The warm parents of the commands of this process, by their numbers."""
    found = set()
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it has ended
            if "inside.py parent" in " ".join(process.cmdline()) and process.parent().name() == "bwrap":
                found.add(process.pid)
    return found


@pytest.fixture
def course(generated, tmp_path):
    """A course with one submission."""
    course = new_course(generated, tmp_path / "course", only=OPTIONAL)
    write_submission(course, "anna", SOLUTION, OPTIONAL)
    return course


def configure(course, setting):
    with open(course / "nbgrader_config.py", "a") as file:
        file.write(f"c.Sandbox.{setting}\n")


def end(old):
    """End these warm parents, of which there must be one, as nobody needs them any more."""
    assert old
    for number in old:
        os.kill(number, signal.SIGKILL)


def gone(old, seconds=90):
    """Whether these processes are no warm parents any more, soon."""
    end = time.monotonic() + seconds
    while (left := old & parents()) and time.monotonic() < end:
        time.sleep(0.2)
    return not left


def test_one_command_after_another_uses_one_parent_which_ends_when_none_comes(course, monkeypatch):
    monkeypatch.setenv("TMPDIR", tempfile.mkdtemp())  # no other command's parent is there
    configure(course, "keep_warm = 10")
    before = parents()
    run(course, "nbgrader", "autograde", OPTIONAL)
    first = parents() - before
    configure(course, "memory = 3000")  # the grader alone watches a kernel's memory
    log = run(course, "nbgrader", "autograde", OPTIONAL, "--force")
    assert parents() - before == first and len(first) == 1 and "cannot be forked" not in log
    assert gone(first)
    run(course, "autograder", "grade", OPTIONAL, "--force")  # its socket is there still, and nobody behind it
    assert scores(course) == {"anna": [10]}
    end(parents() - before)


def test_what_a_killed_command_was_running_ends_and_the_next_command_gets_its_parent(course):
    write_submission(course, "anna", waits("waits"), OPTIONAL)
    running = Running(course)
    kernel, there = running.kernel("waits"), parents()
    parent = kernel.parents()[1].pid
    running.process.send_signal(signal.SIGKILL)
    running.end()
    kernel.wait(10)
    write_submission(course, "anna", SOLUTION, OPTIONAL)
    log = run(course, "nbgrader", "autograde", OPTIONAL)
    now = parents()
    assert scores(course) == {"anna": [10]} and parent in now <= there, log


def test_two_commands_at_once_have_parents_of_their_own(course, generated, tmp_path):
    """Kernels of one parent share their user's limits: one could starve another."""
    other = new_course(generated, tmp_path / "other", only=OPTIONAL)
    for folder in (course, other):
        write_submission(folder, "anna", waits("waits", 6), OPTIONAL)
    first, second = Running(course), Running(other)
    one = first.kernel("waits")
    assert one.parents()[1] != second.until(lambda: second.kernels() - {one}).pop().parents()[1]
    first.end()
    second.end()
    assert scores(course) == scores(other) == {"anna": [10]}


def test_a_parent_serves_no_command_whose_sandbox_is_another(course):
    (course / "pictures").mkdir()
    run(course, "nbgrader", "autograde", OPTIONAL)
    for setting in ("disk = 400", "data = 'pictures'"):
        configure(course, setting)
        before = parents()
        running = Running(course, [*COMMAND, "--force"])
        others = running.until(lambda before=before: parents() - before)
        running.process.kill()
        running.end()
        end(others)


def test_a_folder_that_somebody_else_could_enter_is_not_used(course, monkeypatch):
    folder, before = Path(tempfile.mkdtemp()), parents()
    monkeypatch.setenv("TMPDIR", str(folder))
    sockets = folder / f"residual-networks-kit-{os.getuid()}"
    sockets.mkdir()
    sockets.chmod(0o777)
    log = run(course, "nbgrader", "autograde", OPTIONAL)
    assert "not a folder of this user's alone" in log and scores(course) == {"anna": [10]}
    assert not parents() - before
