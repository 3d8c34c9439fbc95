"""Commands in a course, each in a process of its own: run to the end, or watched, hindered and killed."""

import os
import subprocess
import sys
import threading
import time

from nbgrader.api import Gradebook

from tests.helpers.commands import run_module
from tests.helpers.processes import forked_kernels
from tests.helpers.submissions import OPTIONAL, solution_cells

SOLUTION = solution_cells(OPTIONAL)
WRONG = {OPTIONAL: f"def {OPTIONAL}(*arguments, **options):\n    return arguments[0]\n"}
COMMAND = [sys.executable, "-m", "nbgrader", "autograde", OPTIONAL]


def says_and_waits(name, seconds):
    """Code that says by its process's name that it runs, and stays for a while."""
    return f"import ctypes, time\nctypes.CDLL(None).prctl(15, b'{name}', 0, 0, 0)\ntime.sleep({seconds})\n"


def waits(name, seconds=3):
    """The solution, whose cell says that it runs."""
    return {OPTIONAL: says_and_waits(name, seconds) + SOLUTION[OPTIONAL]}


def run(course, *words, status=0, **environment):
    """Run a module's command in a course, for example `nbgrader autograde NAME`; what it said."""
    found, said = grade(course, command=[sys.executable, "-m", *words], **environment)
    assert found == status and "Traceback" not in said, said
    return said


def grade(course, *wrapper, command=COMMAND, **environment):
    """Run the command; its exit status and what it said."""
    if command[:2] == [sys.executable, "-m"] and not wrapper and not environment:
        done = run_module(command[2:], course)
        return done.returncode, done.stdout
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

    def __init__(self, course, command=COMMAND):
        self.process = subprocess.Popen(command, cwd=course, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
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
        """A kernel: one whose cell has said this name, or any but those given."""
        return self.until(lambda: next((k for k in self.kernels() if (k.name() == name if name else k not in but)), None))

    def kernels(self):
        """Those that the warm parent has forked, without their first processes."""
        forked = set(forked_kernels())
        return {kernel for kernel in forked if kernel.parent() in forked}

    def end(self):
        """Wait for the end; the log."""
        self.process.wait(300)
        self.reader.join(20)
        self.process.stdout.close()
        return "".join(self.lines)
