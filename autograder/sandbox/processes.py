"""The processes of kernels: one in a sandbox of its own, one of another user, or one forked by a warm parent.

Each has `pid` (its first process, as the grader sees it), `group` (its control group), `poll`, `wait`, `kill`, `interrupt`,
`last_words`, and `close`, which ends what is left of it and closes what the grader has open for it.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import threading
from multiprocessing.util import Finalize

import psutil

from .bubblewrap import MB, PACKAGE, masked
from .cgroups import ControlGroup

COLD_ARGUMENTS = ("-P", str(PACKAGE / "sandbox" / "inside.py"), "kernel")  # Python's
IMPORT_SECONDS = 120  # in which a warm parent must have imported TensorFlow
FORK_SECONDS = 30  # in which it must have forked a kernel
END_SECONDS = 0.5  # for which a killed kernel is waited for
PARENT_MB = 1000  # memory that a sandbox may have beside a kernel's: the warm parent's


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
        command = sandbox.command(*COLD_ARGUMENTS, mounts(sandbox))
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
        _interrupt_child(self.pid)

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


class WarmKernel:
    """A kernel forked by a warm parent, known by a process file descriptor."""

    stdin = stdout = stderr = None

    def __init__(self, descriptor, group, last_words):
        self.descriptor, self.group, self.last_words = descriptor, group, last_words
        self.lock = threading.Lock()  # of the descriptor: the watchdog asks while it may be closed
        with open(f"/proc/self/fdinfo/{descriptor}") as file:
            self.pid = next(int(line.split()[1]) for line in file if line.startswith("Pid:"))

    def poll(self):
        """0 when it has ended, None while it runs: its own status is its parent's to know."""
        with self.lock:
            return 0 if self.descriptor is None or select.select([self.descriptor], [], [], 0)[0] else None

    def wait(self):
        """0, when it has ended."""
        if self.descriptor is not None:
            select.select([self.descriptor], [], [])
            self.close()
        return 0

    def close(self):
        """Close what is open to a kernel that has ended."""
        self.kill()
        with self.lock:
            descriptor, self.descriptor = self.descriptor, None
            if descriptor is not None:
                os.close(descriptor)

    def kill(self):
        """End it with all its processes."""
        with self.lock, contextlib.suppress(ProcessLookupError):
            if self.descriptor is not None:
                signal.pidfd_send_signal(self.descriptor, signal.SIGKILL)
                select.select([self.descriptor], [], [], END_SECONDS)

    def interrupt(self):
        """Interrupt the cell that runs."""
        _interrupt_child(self.pid)


def _interrupt_child(pid):
    """Interrupt the kernel, which is the first child of a sandbox's first process."""
    try:
        for kernel in sorted(psutil.Process(pid).children(), key=lambda process: process.create_time())[:1]:
            kernel.send_signal(signal.SIGINT)
    except psutil.Error:
        pass


class WarmParent:
    """A process in a sandbox that has imported TensorFlow and forks kernels.

    It never reads a request: it passes the file with the request in it on to the process that it forks, so that nothing of
    a submission is ever in the memory that a later kernel inherits."""

    def __init__(self, sandbox):
        self.control, theirs = socket.socketpair()
        self.group = control_group(sandbox)
        command = sandbox.command("-P", str(PACKAGE / "sandbox" / "inside.py"), "parent", mounts(sandbox))
        self.process = subprocess.Popen(
            self.group.enter(command),
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={},
            start_new_session=True,
        )
        theirs.close()
        self.ready = False
        self.forked = 0
        self.words = ""
        Finalize(None, self.stop, exitpriority=10)  # unlike atexit, also at the end of a worker process

    @property
    def alive(self):
        """Whether the process runs."""
        return self.process.poll() is None

    def fork(self, request):
        """A WarmKernel, or None if this parent is dead or does not answer."""
        file = request_file(request)
        try:
            if not self.ready:
                self.control.settimeout(IMPORT_SECONDS)
                self.ready = self.control.recv(5, socket.MSG_WAITALL) == b"ready"
            self.control.settimeout(FORK_SECONDS)
            socket.send_fds(self.control, [b"k"], [file])
            _, descriptors, _, _ = socket.recv_fds(self.control, 1, 1)
        except OSError:
            descriptors = []
        finally:
            os.close(file)
        if not descriptors:
            self.stop()
            return None
        self.forked += 1
        return WarmKernel(descriptors[0], self.group, self.last_words)

    def stop(self):
        """End it with all kernels that it has forked."""
        if not self.process.stderr.closed:
            self.control.close()
            self.process.kill()
            self.process.wait()
            self.words = said(self.process)
            self.process.stderr.close()
            self.group.remove()

    def last_words(self):
        """What it or a kernel that did not start has said."""
        return self.words if self.process.stderr.closed else said(self.process)


def mounts(sandbox):
    """What each kernel is given of its own, for inside.py."""
    return json.dumps({"memory_folders": sandbox.memory_folders(), "masked": masked()})


def control_group(sandbox):
    """A control group with a sandbox's limits."""
    return ControlGroup(sandbox.most_tasks, (sandbox.memory + PARENT_MB) * MB)


_parents = {}  # warm parents of this process, by the sandbox's command; None where none can be had


def warm_parent(sandbox):
    """The warm parent for this sandbox: started if there is none, replaced if it is dead; or None."""
    if sandbox.sandbox != "bubblewrap" or not sandbox.warm:
        return None
    key = tuple(sandbox.command())
    parent = _parents.get(key, False)
    if parent and not parent.alive:
        parent.stop()
        parent = False
    if parent is False:
        parent = _parents[key] = WarmParent(sandbox)
    return parent


def start_kernel(sandbox, request, scratch):
    """A new kernel: warm where that can be had, otherwise cold."""
    if sandbox.sandbox == "user":
        return UserKernel(sandbox, request, scratch)
    while parent := warm_parent(sandbox):
        kernel = parent.fork(request)
        if kernel:
            return kernel
        if not parent.forked:
            _parents[tuple(sandbox.command())] = None
            sandbox.log.warning(
                "Kernels cannot be forked here, so that each imports TensorFlow itself: %s", parent.last_words()
            )
    return ColdKernel(sandbox, request)
