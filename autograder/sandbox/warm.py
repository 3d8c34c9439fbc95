"""Warm kernels: forked from a process that has imported TensorFlow, the warm parent.

A parent outlives the command that has started it, by `Sandbox.keep_warm` seconds, and serves the next one of the same user
whose sandbox, limits and installation are the same: nobody waits twice for the import. It serves one process at a time, as
kernels of one parent share their user's limits. The kernels that a command has started end with that command.
"""

import contextlib
import fcntl
import hashlib
import itertools
import os
import resource
import select
import signal
import site
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from multiprocessing.util import Finalize
from pathlib import Path

from .bubblewrap import PACKAGE
from .processes import END_SECONDS, control_group, interrupt_child, request_file, settings_of

IMPORT_SECONDS = 120  # in which a warm parent must have imported TensorFlow
FORK_SECONDS = 30  # in which it must have forked a kernel
TRIES = 3  # parents that are asked for one kernel
NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "user")


class WarmKernel:
    """A kernel forked by a warm parent, known by a process file descriptor."""

    stdin = stdout = stderr = None

    def __init__(self, descriptor, group, last_words):
        self.descriptor, self.group, self.last_words = descriptor, group, last_words
        self.lock = threading.Lock()  # of the descriptor: the watchdog asks while it may be closed
        with open(f"/proc/self/fdinfo/{descriptor}") as file:
            self.pid = next(int(line.split()[1]) for line in file if line.startswith("Pid:"))
        group.add(self.pid)

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
        self.group.remove()

    def interrupt(self):
        """Interrupt the cell that runs."""
        interrupt_child(self.pid)


class WarmParent:
    """A connection to the process in a sandbox that has imported TensorFlow and forks kernels.

    That process never reads a request: the kernel does, after the fork, so that nothing of a submission is ever in the
    memory that a later kernel inherits."""

    def __init__(self, sandbox):
        self.sandbox, self.ready, self.forked = sandbox, False, 0
        # All of a user's processes share how many open files may be on their way in messages. Kernels can have many there,
        # and who sends one must not have more than its own limit allows.
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        arguments = "-P", str(PACKAGE / "sandbox" / "inside.py"), "parent", settings_of(sandbox)
        command = sandbox.command(*arguments, outlives=True)
        self.path, self.lock = _reserve(_own_folder() / _name(command, sandbox))
        self.log = _open(f"{self.path}.log", os.O_APPEND)
        self.control, self.found = _connect(command, self.path, self.log)
        self.silent = os.fstat(self.log).st_size  # what it had said before is nobody's concern here
        Finalize(None, self.control.close, exitpriority=10)  # unlike atexit, also at the end of a worker process

    @property
    def alive(self):
        """Whether the process runs."""
        return not (self.ready and select.select([self.control], [], [], 0)[0])

    def fork(self, request):
        """A WarmKernel, or None if this parent is dead or does not answer."""
        file = request_file(request)
        wait, go = os.pipe()
        try:
            if not self.ready:
                self.control.settimeout(IMPORT_SECONDS)
                self.ready = self.control.recv(1) == b"r"
            self.control.settimeout(FORK_SECONDS)
            socket.send_fds(self.control, [b"k"], [file, wait])
            _, descriptors, _, _ = socket.recv_fds(self.control, 1, 1)
            if not descriptors:
                raise ConnectionError
            kernel = WarmKernel(descriptors[0], control_group(self.sandbox), self.last_words)
        except OSError:
            self.stop()
            return None
        finally:
            os.close(file)
            os.close(wait)
            os.close(go)  # the kernel's first process waits for this, so that all that it starts is in its group
        self.forked += 1
        return kernel

    def stop(self):
        """End all kernels that it has forked. Nobody finds it any more: it has ended, or will when nobody comes."""
        if self.control.fileno() >= 0:
            self.control.close()
            self.path.unlink(missing_ok=True)
            os.close(self.lock)

    def last_words(self):
        """What it or a kernel that did not start has said since this process knows it."""
        return os.pread(self.log, 10_000, self.silent).decode(errors="replace").strip()[-500:]


def _reserve(path):
    """The path of a parent that no other process uses, from this one with a number; and the descriptor of its lock."""
    for number in itertools.count():
        numbered = path.with_name(f"{path.name}-{number}")
        lock = _open(f"{numbered}.lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return numbered, lock
        except BlockingIOError:
            os.close(lock)


def _open(path, flags=0):
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | flags, 0o600)


def _connect(command, path, log):
    """A connection to the parent that listens at this path, which is started if there is none; and whether there was."""
    control = socket.socket(socket.AF_UNIX)
    try:
        control.connect(str(path))
        return control, True
    except OSError:  # its socket may be there still
        _start(command, path, log)
    control.connect(str(path))
    return control, False


def _start(command, path, log):
    """Start a parent that listens at this path. It runs on when this process has ended."""
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        process = subprocess.Popen(
            command, stdin=listener, stdout=subprocess.DEVNULL, stderr=log, env={}, start_new_session=True
        )
    process.returncode = 0  # nobody waits for it


def _own_folder():
    """The folder for sockets, which nobody else can enter. Raises OSError."""
    path = Path(tempfile.gettempdir()) / f"residual-networks-kit-{os.getuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise PermissionError(f"{path} is not a folder of this user's alone")
    return path


def _name(command, sandbox):
    """A name for all that a kernel has from the process that starts its parent: two share a parent if it is the same."""
    limits = [resource.getrlimit(getattr(resource, name)) for name in sorted(dir(resource)) if name.startswith("RLIMIT_")]
    spaces = [os.readlink(f"/proc/self/ns/{name}") for name in NAMESPACES]
    place = [limits, spaces, sorted(os.sched_getaffinity(0)), os.nice(0), Path("/proc/self/cgroup").read_text()]
    packages = map(Path, (*site.getsitepackages(), site.getusersitepackages()))
    paths = {*PACKAGE.rglob("*.py"), *packages, Path(sandbox.data).resolve()}
    installed = [(str(path), s.st_dev, s.st_ino, s.st_mtime_ns) for path in sorted(paths) if (s := _status(path))]
    return hashlib.sha256(repr([command, place, installed, sys.version]).encode()).hexdigest()[:16]


def _status(path):
    with contextlib.suppress(OSError):
        return path.stat()


_parents = {}  # connections of this process to warm parents, by the sandbox's command; None where none can be had


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
        try:
            parent = WarmParent(sandbox)
        except OSError as error:
            parent = _cold(sandbox, error)
        _parents[key] = parent
    return parent


def warm_kernel(sandbox, request):
    """A new kernel forked from the warm parent, or None where none can be had."""
    for _ in range(TRIES):
        parent = warm_parent(sandbox)
        if not parent:
            break
        if kernel := parent.fork(request):
            return kernel
        known_to_work = parent.forked or parent.found  # one that was found may have come to its end just then
        _parents[tuple(sandbox.command())] = False if known_to_work else _cold(sandbox, parent.last_words())
    return None


def _cold(sandbox, why):
    sandbox.log.warning("Kernels cannot be forked here, so that each imports TensorFlow itself: %s", why)
