"""What runs first in a sandbox: it becomes a kernel, or a parent that forks kernels.

Started by `autograder.sandbox.provisioner`; nothing that it does after a submission's code has run is trusted.

`python -P inside.py kernel`: the request for one kernel is on stdin.
`python -P inside.py parent`: stdin is a socket, on which requests come one after another. TensorFlow is imported once,
no operation is run (a fork after one hangs), and each request is answered with a process file descriptor of the
first process of a new process namespace, in which the kernel runs.
"""

import ctypes
import gc
import json
import os
import random
import resource
import socket
import sys

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
    "IPython.core.completerlib",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "matplotlib_inline.backend_inline",
    "sqlite3",
    "tornado.platform.asyncio",
    "autograder.student.checks",
    "autograder.student.signs",
    "autograder.student.training",
    "autograder.student.environment",
)
PRINTED = 1_000_000  # characters that wait to be sent

PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 4, 24, 38
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET = (
    0x00020000,
    0x04000000,
    0x08000000,
    0x20000000,
    0x40000000,
)
MS_NOSUID, MS_NODEV, MS_REC, MS_PRIVATE = 2, 4, 16384, 1 << 18
_libc = ctypes.CDLL(None, use_errno=True)


def become_kernel(request, files):
    """Set the limits, unpack the submission's files, and run an IPython kernel until it is ended."""
    connection = request["connection"]
    folder = os.path.dirname(connection["ip"])
    scratch = os.path.dirname(folder)
    for path in (folder, os.environ["HOME"], f"{scratch}/work"):
        os.mkdir(path)
    os.chdir(f"{scratch}/work")
    unpack(files, ".")
    with open(f"{folder}/kernel.json", "w") as file:
        json.dump(connection, file)
    for name, value in request["limits"].items():
        resource.setrlimit(getattr(resource, name), (value, value))
    from ipykernel.kernelapp import IPKernelApp
    from traitlets.config import Config

    class Kernel(IPKernelApp):
        outstream_class = "autograder.sandbox.inside.Stream"

        def parse_command_line(self, argv=None):
            """There is none, and making a parser for it takes a fifth of a kernel's start."""

    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # until here, errors are the grader's to report; from here on they are forgeable
        os.dup2(nowhere, descriptor)
    Kernel.launch_instance(connection_file=f"{folder}/kernel.json", config=Config(HistoryManager={"hist_file": ":memory:"}))


class Stream(OutStream):
    """Standard output of a kernel. A loop that prints waits until what it has printed is sent, so that it ends by too much
    output, and not by the memory that the output fills."""

    unsent = 0  # characters, at most

    def write(self, string):
        for start in range(0, len(string), PRINTED):
            part = string[start : start + PRINTED]
            super().write(part)
            self.unsent += len(part)
            if self.unsent >= PRINTED:
                self.unsent = 0
                self.flush()
        return len(string)


# ------------------------------------------------------------------ the warm parent


def serve(control):
    """Fork a kernel for each request, until the grader closes the socket."""
    gc.disable()  # nothing to collect yet
    for name in PRELOADED:
        __import__(name)
    gc.enable()
    gc.collect()
    gc.freeze()  # so that a child's garbage collection does not copy the parent's pages
    _call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)
    stream = control.makefile("rb")
    control.sendall(b"ready")
    while (request := read_request(stream)) is not None:
        child = os.fork()
        if child == 0:
            _run(_child, control, stream, *request)
        os.waitpid(child, 0)
        _reap()


def _reap():
    """Forget the kernels that have ended: their first processes are this one's children."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


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


def _child(control, stream, request, files):
    """Make namespaces, and the first process in them; hand the grader a descriptor of it."""
    _call("unshare", CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS)
    go, wait = os.pipe()
    first = os.fork()
    if first == 0:
        os.close(wait)
        _run(_first, control, stream, go, request, files)
    descriptor = os.pidfd_open(first)
    socket.send_fds(control, [b"k"], [descriptor])


def _first(control, stream, go, request, files):
    """The first process of a kernel's namespace: mounts, starts the kernel, and waits for whatever ends."""
    stream.close()
    control.close()
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    _call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    for target, size in request["memory_files"].items():
        _call("mount", b"tmpfs", target.encode(), b"tmpfs", MS_NOSUID | MS_NODEV, f"size={size},mode=755".encode())
    _drop_rights()
    kernel = os.fork()
    if kernel == 0:
        os.close(nowhere)
        os.close(go)
        os.setsid()
        _call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)
        _forget_the_parent()
        become_kernel(request, files)
        return
    while os.wait()[0] != kernel:
        pass


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
        serve(socket.socket(fileno=0))
    else:
        become_kernel(*read_request(sys.stdin.buffer))
