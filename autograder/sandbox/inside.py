"""What runs first in a sandbox: it becomes a kernel, or a parent that forks kernels.

Started by `autograder.sandbox.processes` and `warm`; nothing that it does after a submission's code has run is trusted.

`python -P inside.py kernel SETTINGS`: the request for one kernel is on stdin. Without SETTINGS, as another user, this
process is the kernel; with them, it is the first one of the kernel's namespace.
`python -P inside.py parent SETTINGS`: stdin is a socket to which graders connect. TensorFlow is imported once, and no
operation is run (a fork after one hangs). A grader sends descriptors of requests, one after another; each is answered with
a process file descriptor of the first process of a new process namespace, in which the kernel runs.
"""

import base64
import contextlib
import ctypes
import gc
import json
import os
import random
import resource
import signal
import socket
import sys
from errno import ENOSYS, EPERM

from ipykernel.iostream import OutStream

from autograder.sandbox.wire import read_request, unpack

PRELOADED = (
    "numpy",
    "numpy.random",
    "h5py",
    "tensorflow",
    "keras",
    "matplotlib.pyplot",
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "autograder.sandbox.shell",
    "IPython.core.completerlib",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "sqlite3",
    "tornado.platform.asyncio",
    "autograder.student.checks",
    "autograder.student.signs",
    "autograder.student.training",
    "autograder.student.environment",
)
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")  # that bubblewrap takes from the machine
PRINTED = 1_000_000  # characters that wait to be sent

PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 4, 24, 38
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET = (
    0x00020000,
    0x04000000,
    0x08000000,
    0x20000000,
    0x40000000,
)
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
KEYCTL_JOIN_SESSION_KEYRING = 1
SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, INSTRUCTION_BYTES = 1, 1, 8
_libc = ctypes.CDLL(None, use_errno=True)


def become_kernel(request, files):
    """Set the limits, unpack the submission's files, and run an IPython kernel until it is ended.

    request: `connection`, what Jupyter's connection files hold; `limits`, by their names in `resource`; `system_calls`, a
        compiled filter of those that are allowed, in base64.
    files: a tar archive. It is unpacked when the kernel is made: no settings or modules of a submission act before."""
    _confine(request["limits"], base64.b64decode(request["system_calls"]))
    folder = os.path.dirname(request["connection"]["ip"])
    work = f"{os.path.dirname(folder)}/work"
    for path in (folder, os.environ["HOME"], work):
        os.mkdir(path)
    with open(f"{folder}/kernel.json", "w") as file:
        json.dump(request["connection"], file)
    from ipykernel.kernelapp import IPKernelApp
    from traitlets.config import Config

    from autograder.sandbox import shell

    class Kernel(IPKernelApp):
        kernel_class = shell.Kernel
        outstream_class = "autograder.sandbox.inside.Stream"

        def parse_command_line(self, argv=None):
            """There is none, and making a parser for it takes a fifth of a kernel's start."""

    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # until here, errors are the grader's to report; from here on they are forgeable
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    shell.add_colab()
    settings = Config(HistoryManager={"hist_file": ":memory:"})
    kernel = Kernel.instance(connection_file=f"{folder}/kernel.json", config=settings)
    kernel.initialize()
    os.chdir(work)
    kernel.shell.starting_dir = work
    unpack(files, ".")
    kernel.start()


def _confine(limits, system_calls):
    """What holds for this process and all that it starts: limits, keys of its own, system calls. Raises OSError."""
    keyctl, seccomp = {"x86_64": (250, 317), "aarch64": (219, 277)}[os.uname().machine]
    for name, value in limits.items():
        resource.setrlimit(getattr(resource, name), (value, value))
    if _libc.syscall(keyctl, KEYCTL_JOIN_SESSION_KEYRING, None) < 0 and ctypes.get_errno() not in (EPERM, ENOSYS):
        raise OSError(ctypes.get_errno(), "no keyring can be had")  # a container may forbid keys: then there are none
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    instructions = ctypes.create_string_buffer(system_calls, len(system_calls))
    program = _Program(len(system_calls) // INSTRUCTION_BYTES, ctypes.addressof(instructions))
    _call("syscall", seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, ctypes.byref(program))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


class Stream(OutStream):
    """Standard output of a kernel. A loop that prints waits until what it has printed is sent, so that it ends by too much
    output, and not by the memory that the output fills."""

    unsent = 0  # characters, at most

    def write(self, string):
        """Send text as output of the cell; waits until it is sent."""
        for start in range(0, len(string), PRINTED):
            part = string[start : start + PRINTED]
            super().write(part)
            self.unsent += len(part)
            if self.unsent >= PRINTED:
                self.unsent = 0
                self.flush()
        return len(string)


# ------------------------------------------------------------------ the warm parent


def serve(listener, settings):
    """Fork a kernel for each request of one grader after another, until none has come for a while. The request itself is
    read by the kernel, after the fork: this process never holds anything of a submission, which later kernels would
    inherit."""
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # nothing of whoever has started it is a kernel's to use
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # as the grader's: see warm.py
    gc.disable()  # nothing to collect yet
    for name in PRELOADED:
        __import__(name)
    gc.enable()
    gc.collect()
    gc.freeze()  # so that a child's garbage collection does not copy the parent's pages
    _call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)
    listener.settimeout(settings["keep_warm"])
    with contextlib.suppress(TimeoutError):
        while True:
            control, _ = listener.accept()
            with control:
                _serve(control, listener, settings)


def _serve(control, listener, settings):
    """Fork kernels for a grader until it closes its connection, however it ends; they end then."""
    try:
        control.sendall(b"r")
    except ConnectionError:  # the grader has ended meanwhile
        return
    running = set()  # first processes of kernels
    while _fork(control, listener, settings, running):
        with contextlib.suppress(ChildProcessError):  # forget those that have ended: they are this process's children
            while ended := os.waitpid(-1, os.WNOHANG)[0]:
                running.discard(ended)
    for first in running:
        os.kill(first, signal.SIGKILL)
        os.waitpid(first, 0)


def _fork(control, listener, settings, running):
    """Fork a kernel for what a grader sends, and add its first process to those that run; False if the grader has ended."""
    try:
        word, descriptors, _, _ = socket.recv_fds(control, 1, 2)
    except ConnectionError:
        return False
    if not word:
        return False
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        listener.close()
        os.close(told)
        _run(_child, control, tell, settings, *descriptors)
    for descriptor in (tell, *descriptors):
        os.close(descriptor)
    with os.fdopen(told) as answer:
        first = answer.read()
    if os.waitpid(child, 0)[1]:
        with contextlib.suppress(ConnectionError):
            control.sendall(b"f")  # it has failed: the grader need not wait
    if first:
        running.add(int(first))
    return True


def _run(function, *arguments):
    """Call a function in a forked process, which ends with it."""
    try:
        function(*arguments)
        os._exit(0)
    except BaseException as error:
        try:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(1)


def _child(control, tell, settings, request, go):
    """Make namespaces, and the first process in them; hand the grader a descriptor of it, and the parent its number."""
    _call("unshare", CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS)
    first = os.fork()
    if first == 0:
        os.close(tell)
        control.close()
        _run(_first, settings, request, go)
    os.write(tell, str(first).encode())
    descriptor = os.pidfd_open(first)
    with contextlib.suppress(ConnectionError):  # the grader has ended, and so will the kernel
        socket.send_fds(control, [b"k"], [descriptor])


def _first(settings, request, go):
    """The first process of a kernel's namespace: mounts, starts the kernel when `go` can be read or is at its end, and waits
    for whatever ends."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    _call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)  # it has no filter of system calls: a kernel must not write into its memory
    _mount(settings)
    _drop_rights()
    os.read(go, 1)
    os.close(go)
    kernel = os.fork()
    if kernel == 0:
        os.setsid()
        _call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)
        _forget_the_parent()
        with os.fdopen(request, "rb") as stream:
            description, files = read_request(stream)
        become_kernel(description, files)
        return
    os.close(request)
    while os.wait()[0] != kernel:
        pass


def _mount(settings):
    """What a kernel sees of its own: folders in memory, terminals, and a /proc with its processes, read-only. The devices
    are the machine's: a kernel cannot change their modes and times, not even where root grades, who owns them."""
    _call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    for name in DEVICES:
        _call("mount", None, f"/dev/{name}".encode(), None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NOEXEC, None)
    _call("mount", b"devpts", b"/dev/pts", b"devpts", MS_NOSUID | MS_NOEXEC, b"newinstance,ptmxmode=0666,mode=620")
    for target, size in settings["memory_folders"].items():
        _call("mount", b"tmpfs", target.encode(), b"tmpfs", MS_NOSUID | MS_NODEV, f"size={size},mode=755".encode())
    proc = MS_NOSUID | MS_NODEV | MS_NOEXEC
    _call("mount", b"proc", b"/proc", b"proc", proc, None)
    with open("/proc/sys/user/max_user_namespaces", "w") as file:
        file.write("0")
    for path in settings["masked"]:
        _call("mount", b"/dev/null", path.encode(), None, MS_BIND, None)
    _call("mount", None, b"/proc", None, MS_REMOUNT | MS_BIND | MS_RDONLY | proc, None)


def _forget_the_parent():
    """What a kernel inherits and must have of its own."""
    import numpy

    random.seed()
    numpy.random.seed()


def _drop_rights():
    """Give up all capabilities, for good."""
    for capability in range(64):
        _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # fails where there is no such capability
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    _call("capset", header, none)


def _call(name, *arguments):
    """A system call of the C library; raises OSError."""
    if getattr(_libc, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


if __name__ == "__main__":
    if sys.argv[1] == "parent":
        serve(socket.socket(fileno=0), json.loads(sys.argv[2]))
    elif len(sys.argv) > 2:
        _run(_first, json.loads(sys.argv[2]), os.dup(0), os.open(os.devnull, os.O_RDONLY))
    else:
        become_kernel(*read_request(sys.stdin.buffer))
