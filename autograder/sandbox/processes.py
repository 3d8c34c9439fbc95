"""The processes of cold kernels: one in a sandbox of its own, or one of another user. Those of `warm` are alike.

Each has `pid` (its first process, as the grader sees it), `group` (its control group), `poll`, `wait`, `kill`, `interrupt`,
`last_words`, and `close`, which ends what is left of it and closes what the grader has open for it.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess

import psutil

from .bubblewrap import MB, PACKAGE, masked
from .cgroups import ControlGroup

COLD_ARGUMENTS = ("-P", str(PACKAGE / "sandbox" / "inside.py"), "kernel")  # Python's
END_SECONDS = 0.5  # for which a killed kernel is waited for
IMPORTS_MB = 1000  # memory that a sandbox may have beside a kernel's, for what TensorFlow is


def said(process):
    """What a process has written to its standard error since this was last asked, as text."""
    os.set_blocking(process.stderr.fileno(), False)
    return (process.stderr.read() or b"").decode(errors="replace").strip()[-500:]


def request_file(request):
    """A file in memory, without a name, with a request in it; returns its descriptor."""
    with os.fdopen(os.memfd_create("request"), "wb") as file:
        file.write(request)
        file.flush()
        file.seek(0)
        return os.dup(file.fileno())


class ColdKernel:
    """A kernel in a sandbox of its own."""

    stdin = stdout = stderr = None
    words = ""

    def __init__(self, sandbox, request):
        info, theirs = os.pipe()
        command = sandbox.command(*COLD_ARGUMENTS, settings_of(sandbox))
        command[1:1] = ["--info-fd", str(theirs)]
        self._start(sandbox, command, request, [theirs])
        os.close(theirs)
        with os.fdopen(info) as stream:
            answer = stream.read()
        self.pid = json.loads(answer)["child-pid"] if answer else self.process.pid

    def _start(self, sandbox, command, request, descriptors=()):
        self.group = control_group(sandbox)
        file = request_file(request)
        self.process = subprocess.Popen(
            self.group.enter(command),
            stdin=file,
            stdout=subprocess.DEVNULL,
            env={},
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=descriptors,
        )
        os.close(file)

    def poll(self):
        """The exit status, or None while it runs."""
        return self.process.poll()

    def wait(self):
        """The exit status, when it has ended."""
        status = self.process.wait()
        self.close()
        return status

    def close(self):
        """End what is left of it, and close what is open for it."""
        self.kill()
        self.words = self.last_words()
        self.process.stderr.close()

    def kill(self):
        """End it with all its processes."""
        self.process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(END_SECONDS)
        self.group.remove()

    def interrupt(self):
        """Interrupt the cell that runs."""
        interrupt_child(self.pid)

    def last_words(self):
        """What a kernel said that ended while it started."""
        return self.words if self.process.stderr.closed else said(self.process)


class UserKernel(ColdKernel):
    """A kernel that runs as a user with no rights; whatever that user runs ends with it."""

    def __init__(self, sandbox, request, scratch):
        self.scratch, self.end_all = scratch, sandbox.user_command(scratch, "/bin/sh", "-c", "kill -KILL -1")
        self._start(sandbox, sandbox.command(*COLD_ARGUMENTS, scratch=scratch), request)
        self.pid = self.process.pid

    def kill(self):
        """End it with all its processes, and remove its folder."""
        subprocess.run(self.end_all, stdin=subprocess.DEVNULL, capture_output=True)
        super().kill()
        shutil.rmtree(os.path.dirname(self.scratch), ignore_errors=True)

    def interrupt(self):
        """Interrupt the cell that runs."""
        self.process.send_signal(signal.SIGINT)


def interrupt_child(pid):
    """Interrupt the kernel, which is the first child of a sandbox's first process."""
    try:
        for kernel in sorted(psutil.Process(pid).children(), key=lambda process: process.create_time())[:1]:
            kernel.send_signal(signal.SIGINT)
    except psutil.Error:
        pass


def settings_of(sandbox):
    """What the first process in a sandbox must know, for inside.py."""
    settings = {"memory_folders": sandbox.memory_folders(), "masked": masked(), "keep_warm": sandbox.keep_warm}
    return json.dumps(settings)


def control_group(sandbox):
    """A control group with a sandbox's limits."""
    return ControlGroup(sandbox.most_tasks, (sandbox.memory + IMPORTS_MB) * MB)
