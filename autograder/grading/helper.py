"""The process that reads what students wrote, under limits of its own.

nbgrader's process neither parses a notebook nor judges a hand-in itself: it names a function of this package and asks the
helper to call it. The helper is one process for each grading process, used for all submissions. A call that takes too
much time or memory ends the helper and raises NoAnswer; the next call starts a new one. What goes to and fro is JSON
and bytes.
"""

import importlib
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import traceback
from multiprocessing.connection import Connection
from multiprocessing.util import Finalize
from pathlib import Path

import numpy
from traitlets import Float, Integer
from traitlets.config import LoggingConfigurable

MB = 1_000_000
PATIENCE = 10  # seconds that are waited for each second of computing that a call may take: the machine may be busy
START_SECONDS = 120  # in which the helper must have started
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
GIVE_BACK = {"MALLOC_MMAP_THRESHOLD_": str(4 * MB)}  # what a call frees goes back to the machine
# What is said where there is no answer begins with one of these.
OWN_LIMIT = "the grader's own limit was hit"
OWN_FAILURE = "the grader itself failed"


class NoAnswer(Exception):
    """A call has no result, and that is nobody's fault but the grader's. The message is a clause.

    details: the same with all that is known of it, for the log."""

    def __init__(self, message, details=""):
        super().__init__(message)
        self.details = f"{message}\n{details}".strip()


class LimitReached(NoAnswer):
    """A call took more time or memory than it may."""


class Failed(NoAnswer):
    """A call raised an exception."""


class Helper(LoggingConfigurable):
    """Calls functions of this package in another process, within limits."""

    seconds = Float(20, help="Seconds of computing for reading one notebook or judging one hand-in").tag(config=True)
    memory = Integer(1000, help="MB of memory for the same").tag(config=True)

    def call(self, function, *arguments, body=b""):
        """What `function` returns for some plain data and, if `body` is given, bytes as its first argument.

        function: one of a module's functions, of this package; takes and returns what JSON can hold. Raises
        NoAnswer: LimitReached, or Failed where the function raises.
        """
        request = {
            "module": function.__module__,
            "function": function.__name__,
            "arguments": arguments,
            "body": bool(body),
            "seconds": self.seconds,
            "memory": self.memory * MB,
        }
        with _lock:
            reply = _process().ask(json.dumps(request).encode(), body, PATIENCE * self.seconds)
        if "limit" in reply:
            took = f"{self.memory} MB of memory" if reply["limit"] == "memory" else f"{self.seconds:g} s"
            crashed = reply["limit"] == "crash"
            raise LimitReached(f"{OWN_LIMIT} ({'its reader crashed' if crashed else f'it took more than {took}'})")
        if "failed" in reply:
            name, details = reply["failed"]
            raise Failed(f"{OWN_FAILURE} ({name})", details)
        return reply["result"]


# ------------------------------------------------------------------ the grader's end

_lock = threading.Lock()
_helpers = {}  # by the id of the process that has started it: a forked process starts its own


def _process():
    helper = _helpers.get(os.getpid())
    if helper is None or helper.ended:
        helper = _helpers[os.getpid()] = _Process()
    return helper


class _Process:
    """A running helper. It ends with the process that started it: its socket is closed then."""

    def __init__(self):
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, **ONE_THREAD, **GIVE_BACK, "PYTHONPATH": str(Path(__file__).parents[2])},
                start_new_session=True,  # Ctrl-C is the grader's to handle
            )
        self.link = Connection(ours.detach())
        self._finalizer = Finalize(None, self.end, exitpriority=10)
        self.ended = False
        if not self.link.poll(START_SECONDS):
            self.end()
        try:
            self.link.recv_bytes()
        except (EOFError, OSError) as error:
            self.end()
            raise RuntimeError("The process that reads notebooks does not start; what it said stands above.") from error

    def ask(self, request, body, patience):
        """The reply to a request; {"limit": "time", "memory" or "crash"} where there is none."""
        try:
            self.link.send_bytes(request)
            if body:
                self.link.send_bytes(body)
            if not self.link.poll(patience):
                self.end()
                return {"limit": "time"}
            reply = json.loads(self.link.recv_bytes())
        except (EOFError, OSError):
            self.end()
            return {"limit": "time" if self.process.returncode == -signal.SIGPROF else "crash"}
        except BaseException:  # interrupted: the reply, when it comes, must not be taken for that to a later request
            self.end()
            raise
        if "limit" in reply:
            self.end()
        return reply

    def end(self):
        """End the process, in whatever state it is."""
        self.ended = True
        self.link.close()
        try:
            self.process.wait(0.2)  # for the signal that has ended it
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._finalizer.cancel()


# ------------------------------------------------------------------ in the helper


def _serve(link):
    """Answer requests until the grader ends."""
    square = numpy.ones((64, 64))
    square @ square  # OpenBLAS takes its working memory now, and ends the process where a limit refuses it
    link.send_bytes(b"ready")
    while True:
        try:
            request = json.loads(link.recv_bytes())
            body = [link.recv_bytes()] if request["body"] else []
        except EOFError:
            return
        function = getattr(importlib.import_module(request["module"]), request["function"])
        reply = None
        try:
            _limit(request["seconds"], request["memory"])
            reply = {"result": function(*body, *request["arguments"])}
            text = json.dumps(reply).encode()
        except MemoryError:
            text = b'{"limit": "memory"}'
        except Exception as error:
            text = json.dumps({"failed": [type(error).__name__, traceback.format_exc()[-5000:]]}).encode()
        signal.setitimer(signal.ITIMER_PROF, 0)
        link.send_bytes(text)
        del body, request, reply, text


def _limit(seconds, memory):
    """From now on: the process ends after some seconds of computing, and gets no more than some bytes of memory."""
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + memory if most < 0 else min(used + memory, most), most))
    signal.setitimer(signal.ITIMER_PROF, seconds)


if __name__ == "__main__":
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    _serve(Connection(int(sys.argv[1])))
