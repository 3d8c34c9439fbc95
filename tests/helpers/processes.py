"""What processes use."""

import contextlib
import ctypes
import socket
import threading
import time

import psutil

PR_SET_CHILD_SUBREAPER = 36
LEFTOVERS = ("inside.py kernel", "ipykernel_launcher", "attack-survivor")  # words of commands that grading may leave behind


def adopt_orphans():
    """Become the parent of all processes below this one whose parents end; returns those that are there now.

    So what a command leaves behind can be told from what other processes of the machine do.
    """
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    return set(psutil.Process().children(recursive=True))


def forked_kernels():
    """The kernels below this process that a warm parent has forked, and their first processes with them."""
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            above = process.parent()
            if all("inside.py parent" in " ".join(p.cmdline()) for p in (process, above)) and "bwrap" not in above.name():
                yield process


def left_behind(before=frozenset()):
    """Commands of kernels, and of what kernels have started, below this process that belong to no running grader."""
    left, me = [f"forked: {process.name()}" for process in set(forked_kernels()) - before], psutil.Process()
    for process in set(me.children(recursive=True)) - before:
        with contextlib.suppress(psutil.Error):
            command, above = " ".join(process.cmdline()), process.parents()
            owners = " ".join(" ".join(owner.cmdline()) for owner in above[: above.index(me)])
            if any(words in command for words in LEFTOVERS) and "nbgrader" not in owners and "autograder " not in owners:
                left.append(command[:200])
    return left


def free_port():
    """The number of a port on this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def memory_of(pid):
    """Memory of a process and those below it in MB; what they share counts once."""
    total = 0
    try:
        for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
            with contextlib.suppress(psutil.Error):  # it has ended
                total += process.memory_full_info().pss
    except psutil.NoSuchProcess:
        pass
    return total / 1e6


class Memory(threading.Thread):
    """Watches a process and those below it: the most memory that they have at one time is `peak`, in MB."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.process, self.peak = psutil.Process(pid), 0.0
        self.start()

    def run(self):
        while self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE:
            self.peak = max(self.peak, memory_of(self.process.pid))
            time.sleep(1)
