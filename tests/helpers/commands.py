"""Commands as a user's shell starts them, `python -m NAME ...`, without their import of nbgrader, which takes longer than
most of what tests have them do: each is a process of its own, forked from one that has imported it."""

import contextlib
import functools
import gc
import importlib
import json
import os
import re
import runpy
import socket
import subprocess
import sys
import threading
from pathlib import Path

LIBRARIES = (
    *("nbgrader.apps", "nbgrader.converters", "nbgrader.plugins"),
    *(f"autograder.course.{name}" for name in ("collect", "export", "feedback", "grade", "regrade", "report")),
)
LONGEST = 1_000_000  # bytes of a request
_lock = threading.Lock()


def blocks(page):
    """The blocks of commands in a page of Markdown, each a text: those that name no language."""
    return [block for language, block in re.findall(r"^```(\w*)\n(.*?)^```$", page, re.S | re.M) if not language]


def run_module(words, folder, apart=False):
    """Run a module's command in a folder, for example ["nbgrader", "autograde", NAME], as subprocess.run would; with what
    it says as an error apart, if wished."""
    files = [os.memfd_create("output") for _ in range(1 + apart)]
    request = {"words": [*map(str, words)], "folder": str(folder), "environment": dict(os.environ)}
    with contextlib.ExitStack() as stack:
        output, *errors = [stack.enter_context(os.fdopen(file, "rb")) for file in files]
        with _lock:
            server, link = _server()
            try:
                socket.send_fds(link, [json.dumps(request).encode()], [files[0], files[-1]])
                status = int(link.recv(100))
            except BaseException:  # a test's limit of time, for one: the answer would be taken for the next one's
                server.kill()
                link.close()
                _server.cache_clear()
                raise
        said = [os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode() for file in (output, *errors)]
    return subprocess.CompletedProcess(request["words"], status, said[0], said[1] if apart else None)


@functools.cache
def _server():
    """The process that has imported the libraries, and a connection to it; it ends with this process."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LONGEST)
    with theirs:
        command = [sys.executable, "-m", __name__]
        return subprocess.Popen(command, stdin=theirs, cwd=Path(__file__).parents[2]), ours


def _serve(link):
    """Fork a process for each request; in it, return the request and what it writes to. None when there are no more."""
    for name in LIBRARIES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    while True:
        text, files, *_ = socket.recv_fds(link, LONGEST, 2)
        if not text:
            return None, None
        command = os.fork()
        if command == 0:
            return json.loads(text), files
        for file in files:
            os.close(file)
        link.send(str(os.waitstatus_to_exitcode(os.waitpid(command, 0)[1])).encode())


def _become(request, files):
    """Be the command."""
    for number, file in enumerate((os.open(os.devnull, os.O_RDONLY), *files)):
        os.dup2(file, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.path[0], sys.argv = request["folder"], [*request["words"]]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    with socket.socket(fileno=os.dup(0)) as link:
        wanted, places = _serve(link)
    if wanted:
        _become(wanted, places)
