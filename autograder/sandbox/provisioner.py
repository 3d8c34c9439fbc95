"""Sandboxed kernels, as a jupyter_client kernel provisioner: forked from a warm parent that has imported TensorFlow, or
started cold.

They talk over sockets in the sandbox's own memory, which nbgrader reaches through /proc: nothing of a kernel is on
disk, so nothing remains when it ends, however it ends. All that it started ends with it.
"""

import asyncio
import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import threading
import time
import uuid
from multiprocessing.util import Finalize
from queue import Empty

import psutil
import zmq
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Type

from .bubblewrap import MB, PACKAGE, SCRATCH, SHARED_MEMORY, THREADS, Sandbox, SandboxError, explain
from .cgroups import ControlGroup
from .wire import pack, pack_request

COLD = ("-P", str(PACKAGE / "sandbox" / "inside.py"), "kernel")  # Python's arguments
WATCH = 0.2  # seconds between two looks at what a kernel uses
RESERVE = 300 * MB  # memory that the machine itself must keep; where it does not, a kernel ends that uses
NEEDED = 1000 * MB  # more than this, which is more than an honest one needs
MESSAGE = 100 * MB  # the largest message that is read: what a loop prints between two flushes is smaller
IMPORT = 120  # seconds in which a warm parent must have imported TensorFlow
START = 60  # seconds in which a kernel must reply
ENDING = 0.5  # seconds for which a killed kernel is waited for
ANSWER = 30  # seconds in which it must have forked
SEND = 5  # seconds in which a request must be on its way; a kernel that has broken its sockets takes none
NEARLY = 100  # threads below their limit at which the watchdog ends a kernel, as it could not start any more
WARM = 1000  # MB that a sandbox may have beside a kernel's: the warm parent's
OVERHEAD = 500  # bytes that each message counts beside its content
PORTS = {"shell_port": 1, "iopub_port": 2, "stdin_port": 3, "hb_port": 4, "control_port": 5}  # of a socket's name


class SandboxProvisioner(LocalProvisioner):
    """Starts a kernel in a sandbox, watches what it uses, and stops it with all its processes.

    `ended` says why it was stopped, as the name and the text of an error, or is None.
    """

    ended = None

    async def pre_launch(self, **kwargs):
        self.sandbox = Sandbox(parent=self)
        self.ended = None
        if self.sandboxed:
            self.parent.transport = "ipc"
        return await super().pre_launch(**kwargs)

    @property
    def sandboxed(self):
        return self.sandbox.sandbox != "none"

    async def launch_kernel(self, cmd, **kwargs):
        if self.sandboxed:
            self._launch(kwargs.get("cwd") or ".")
            threading.Thread(target=self._watch, args=(self.process,), daemon=True).start()
        else:
            await super().launch_kernel(cmd, **kwargs)
        return self.connection_info

    def _launch(self, folder):
        files, left_out = pack(folder, self.sandbox.withheld, self.sandbox.disk * MB // 2)
        if left_out:
            self.log.warning(
                "The kernel does not get these files, which are too large or not ordinary files: %s",
                ", ".join(repr(name) for name in left_out[:20]),
            )
        scratch = self.sandbox.make_scratch()
        sockets = f"{scratch}/kernel-{uuid.uuid4().hex[:12]}/s"  # inside the sandbox
        connection = {**self.connection_info, "transport": "ipc", "ip": sockets, **PORTS, "kernel_name": ""}
        connection["key"] = connection["key"].decode()
        request = pack_request(
            {
                "connection": connection,
                "limits": self.sandbox.limits(),
                "memory_files": {SCRATCH: self.sandbox.disk * MB, "/dev/shm": SHARED_MEMORY},
            },
            files,
        )
        self.process = start_kernel(self.sandbox, request, scratch)
        self.pid, self.pgid = self.process.pid, None
        self.killed = self.process.group.killed()
        self.connection_info = {**self.connection_info, "ip": f"/proc/{self.pid}/root{sockets}", **PORTS}

    def last_words(self):
        """What a kernel said that ended while it started."""
        return explain(self.process.last_words()) if self.process else ""

    def why_ended(self):
        """The name and the text of an error for a kernel that has died."""
        if self.ended is None and self.sandboxed and self.process and self.process.group.killed() > self.killed:
            return "OutOfMemory", f"more than {self.sandbox.memory} MB of memory"
        return self.ended or ("KernelDied", "the kernel died")

    def stop(self, name, text, process=None):
        """End the kernel with all its processes, for this reason. `process` is given where it may be an earlier one."""
        process = process or self.process
        if process is self.process and self.ended is None:
            self.ended = name, text
        if process:
            process.kill()

    def _watch(self, process):
        """Stop the kernel when it has too much memory or too many processes. Runs in a thread of its own."""
        limits = self.sandbox
        while process.poll() is None:
            time.sleep(WATCH)
            if process.group.tasks() > THREADS * limits.processes - NEARLY:
                self.stop(
                    "TooManyProcesses", f"more than {THREADS * limits.processes - NEARLY} processes and threads", process
                )
                continue
            try:
                first = psutil.Process(process.pid)
                tree = [first, *first.children(recursive=True)]
            except psutil.Error:
                continue
            if len(tree) > limits.processes + 2:  # with the one or two that belong to the sandbox
                self.stop("TooManyProcesses", f"more than {limits.processes} processes", process)
            elif _total(tree, psutil.Process.num_threads) > THREADS * limits.processes - NEARLY:
                self.stop("TooManyProcesses", f"more than {THREADS * limits.processes - NEARLY} threads", process)
            elif _exceeds(tree, limits.memory * MB):
                self.stop("OutOfMemory", f"more than {limits.memory} MB of memory", process)
            elif psutil.virtual_memory().available < RESERVE and _exceeds(tree, NEEDED):
                self.stop("OutOfMemory", "all the memory that the machine has", process)

    async def send_signal(self, signum):
        if not self.sandboxed:
            await super().send_signal(signum)
        elif self.process and signum == signal.SIGINT:
            self.process.interrupt()
        elif self.process:
            self.process.kill()


def _total(processes, read):
    amount = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):  # it has ended
            amount += read(process)
    return amount


def _exceeds(processes, limit):
    """Whether some processes use more memory than `limit` bytes. What they share counts once."""
    if _total(processes, lambda process: process.memory_info().rss) <= limit:
        return False
    amount, until = 0, time.monotonic() + 1  # the exact figure is slow: with many processes, it must not be waited for
    for process in processes:
        amount += _total([process], lambda process: process.memory_full_info().pss)
        if amount > limit or time.monotonic() > until:
            break
    return amount > limit


# ------------------------------------------------------------------ processes


class ColdKernel:
    """A kernel in a sandbox of its own. `pid` is the first process inside, as the grader sees it."""

    stdin = stdout = stderr = None

    def __init__(self, sandbox, request):
        info, theirs = os.pipe()
        command = sandbox.command(*COLD)
        command[1:1] = ["--info-fd", str(theirs)]
        self._start(sandbox, command, [theirs])
        os.close(theirs)
        with os.fdopen(info) as stream:
            said = stream.read()
        self.pid = json.loads(said)["child-pid"] if said else self.process.pid
        self._hand_over(request)

    def _start(self, sandbox, command, descriptors=()):
        self.group = control_group(sandbox)
        self.process = subprocess.Popen(
            self.group.enter(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env={},
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=descriptors,
        )

    def _hand_over(self, request):
        try:
            self.process.stdin.write(request)
            self.process.stdin.close()
        except BrokenPipeError:  # it ended at once: last_words say why
            pass

    def poll(self):
        return self.process.poll()

    def wait(self):
        return self.process.wait()

    def kill(self):
        self.process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(ENDING)
        self.group.remove()

    def interrupt(self):
        _interrupt_child(self.pid)

    def last_words(self):
        return self.process.stderr.read().decode(errors="replace")


class UserKernel(ColdKernel):
    """A kernel that runs as a user with no rights; whatever that user runs ends with it."""

    def __init__(self, sandbox, request, scratch):
        self.scratch, self.end_all = scratch, sandbox.user_command(scratch, "/bin/sh", "-c", "kill -KILL -1")
        self._start(sandbox, sandbox.command(*COLD, scratch=scratch))
        self.pid = self.process.pid
        self._hand_over(request)

    def kill(self):
        subprocess.run(self.end_all, stdin=subprocess.DEVNULL, capture_output=True)
        super().kill()
        shutil.rmtree(os.path.dirname(self.scratch), ignore_errors=True)

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)


class WarmKernel:
    """A kernel forked by a warm parent, known by a process file descriptor."""

    stdin = stdout = stderr = None

    def __init__(self, descriptor, group, last_words):
        self.descriptor, self.group, self.last_words = descriptor, group, last_words
        with open(f"/proc/self/fdinfo/{descriptor}") as file:
            self.pid = next(int(line.split()[1]) for line in file if line.startswith("Pid:"))

    def poll(self):
        return 0 if self.descriptor is None or select.select([self.descriptor], [], [], 0)[0] else None

    def wait(self):
        if self.descriptor is not None:
            select.select([self.descriptor], [], [])
            descriptor, self.descriptor = self.descriptor, None
            os.close(descriptor)
        return 0

    def kill(self):
        if self.descriptor is not None:
            try:
                signal.pidfd_send_signal(self.descriptor, signal.SIGKILL)
                select.select([self.descriptor], [], [], ENDING)
            except ProcessLookupError:
                pass

    def interrupt(self):
        _interrupt_child(self.pid)


def _interrupt_child(pid):
    """Interrupt the kernel, which is the first child of a sandbox's first process."""
    try:
        for kernel in sorted(psutil.Process(pid).children(), key=lambda process: process.create_time())[:1]:
            kernel.send_signal(signal.SIGINT)
    except psutil.Error:
        pass


class WarmParent:
    """A process in a sandbox that has imported TensorFlow and forks kernels."""

    def __init__(self, sandbox):
        self.control, theirs = socket.socketpair()
        self.group = control_group(sandbox)
        command = sandbox.command("-P", str(PACKAGE / "sandbox" / "inside.py"), "parent", forks=True)
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
        Finalize(None, self.stop, exitpriority=10)  # unlike atexit, also at the end of a worker process

    @property
    def alive(self):
        return self.process.poll() is None

    def fork(self, request):
        """A WarmKernel, or None if this parent is dead or does not answer."""
        try:
            if not self.ready:
                self.control.settimeout(IMPORT)
                self.ready = self.control.recv(5, socket.MSG_WAITALL) == b"ready"
            self.control.settimeout(ANSWER)
            self.control.sendall(request)
            _, descriptors, _, _ = socket.recv_fds(self.control, 1, 1)
        except OSError:
            descriptors = []
        if not descriptors:
            self.stop()
            return None
        self.forked += 1
        return WarmKernel(descriptors[0], self.group, self.last_words)

    def stop(self):
        self.control.close()
        self.process.kill()
        self.process.wait()
        self.group.remove()

    def last_words(self):
        """What it or a kernel that did not start has said."""
        os.set_blocking(self.process.stderr.fileno(), False)
        return (self.process.stderr.read() or b"").decode(errors="replace").strip()[-500:]


def control_group(sandbox):
    return ControlGroup(THREADS * sandbox.processes, (sandbox.memory + WARM) * MB)


_parents = {}  # warm parents of this process, by the sandbox's command; None where none can be had


def warm_parent(sandbox):
    """The warm parent for this sandbox: started if there is none, replaced if it is dead; or None."""
    if sandbox.sandbox != "bubblewrap" or not sandbox.warm:
        return None
    key = tuple(sandbox.command(forks=True))
    parent = _parents.get(key, False)
    if parent is False or (parent and not parent.alive):
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
            _parents[tuple(sandbox.command(forks=True))] = None
            sandbox.log.warning(
                "Kernels cannot be forked here, so that each imports TensorFlow itself: %s", parent.last_words()
            )
    return ColdKernel(sandbox, request)


# ------------------------------------------------------------------ the other end of the sockets


class SandboxedKernelManager(AsyncKernelManager):
    """Starts kernels by SandboxProvisioner, whichever kernel a notebook names. Has no connection file."""

    client_factory = Type(klass="autograder.sandbox.provisioner.SandboxClient")

    @property
    def kernel_spec(self):
        spec = super().kernel_spec
        spec.metadata = {**spec.metadata, "kernel_provisioner": {"provisioner_name": "residual-networks-sandbox"}}
        return spec

    def write_connection_file(self, **kwargs):
        if self.transport != "ipc":
            super().write_connection_file(**kwargs)

    def cleanup_ipc_files(self):
        pass  # they end with the sandbox

    def _reconcile_connection_info(self, info):
        if self.transport != "ipc":
            super()._reconcile_connection_info(info)
            return
        self.ip = info["ip"]
        for name, port in PORTS.items():
            setattr(self, name, port)

    def client(self, **kwargs):
        client = super().client(**kwargs)
        client.provisioner = self.provisioner
        return client


class Channel(AsyncZMQSocketChannel):
    """Receives what a hostile kernel sends: messages that make no sense are replaced by an empty one."""

    count = staticmethod(lambda size: None)

    async def _recv(self, **kwargs):
        parts = await self.socket.recv_multipart(**kwargs)
        self.count(sum(map(len, parts)) + OVERHEAD)
        await asyncio.sleep(0)  # a flood must not keep the loop from looking at the clock
        try:
            _, parts = self.session.feed_identities(parts)
            message = self.session.deserialize(parts)
            if all(isinstance(message[part], dict) for part in ("header", "parent_header", "content")):
                return message
        except Exception:  # forged, replayed or no JSON: what it is does not matter
            pass
        return {"msg_type": "", "header": {"msg_type": ""}, "parent_header": {}, "content": {}}


class SandboxClient(AsyncKernelClient):
    """Talks to a hostile kernel: counts what it sends, and stops it when that is too much."""

    shell_channel_class = Type(Channel)
    iopub_channel_class = Type(Channel)
    received = 0  # bytes since a cell has begun

    def start_channels(self, **_):
        self.context.setsockopt(zmq.MAXMSGSIZE, MESSAGE)
        self.context.setsockopt(zmq.SNDTIMEO, 1000 * SEND)
        self.context.setsockopt(zmq.RECONNECT_IVL, 5)  # ms: it connects while the kernel starts
        super().start_channels(stdin=False, hb=False, control=False)
        self.shell_channel.count = self.iopub_channel.count = self._count

    def _count(self, size):
        self.received += size
        limit = self.provisioner.sandbox.output
        if self.received > limit * MB:
            self.provisioner.stop("TooMuchOutput", f"more than {limit} MB of output")

    async def wait_for_ready(self, timeout=None):
        """Wait until the kernel replies and its outputs arrive. Raises SandboxError."""
        end = time.monotonic() + (timeout or START)
        while time.monotonic() < end:
            try:
                self.kernel_info()
                reply = await self.shell_channel.get_msg(timeout=1)
                await self.iopub_channel.get_msg(timeout=0.2)
            except (Empty, zmq.Again):
                reply = {"msg_type": None}
            if reply["msg_type"] == "kernel_info_reply":
                self._handle_kernel_info_reply(reply)
                return
            if not await self.is_alive():
                raise SandboxError(self.provisioner.last_words() or "The kernel ended while it started.")
        raise SandboxError("The kernel does not reply.")
