"""Sandboxed kernels, as a jupyter_client kernel provisioner: forked from a warm parent that has imported TensorFlow, or
started cold.

They talk over sockets in the sandbox's own memory, which nbgrader reaches through /proc: nothing of a kernel is on
disk, so nothing remains when it ends, however it ends. All that it started ends with it.
"""

import base64
import contextlib
import os
import signal
import threading
import time
import uuid

import psutil
from jupyter_client.provisioning import LocalProvisioner

from .. import GRADER
from . import system_calls
from .bubblewrap import MB, Sandbox, explain
from .client import PORTS
from .processes import ColdKernel, UserKernel
from .warm import warm_kernel
from .wire import pack, pack_request

WATCH_SECONDS = 0.2  # between two looks at what a kernel uses
EXACT_SECONDS = 1  # for the exact figure of a kernel's memory, which is slow to get
UNREAD_BYTES = 500 * MB  # memory of the grader itself, of messages that wait to be read
RESERVE_BYTES = 300 * MB  # memory that the machine itself must keep; where it does not, a kernel ends that uses
HONEST_BYTES = 1000 * MB  # more than this, which is more than an honest one needs
SPARE_TASKS = 100  # processes and threads below their limit at which the watchdog ends a kernel: soon it could start none
SPARE_FILES = 16  # open files below their limit at which a kernel can hardly import a module
MOST_INODES = 200_000  # files and folders that a kernel may have in memory
MOST_FILES = 10_000  # of a submission: unpacking many takes long, however small they are


class SandboxProvisioner(LocalProvisioner):
    """Starts a kernel in a sandbox, watches what it uses, and stops it with all its processes.

    `ended` says why it was stopped, as the name and the text of an error, or is None.
    """

    ended = None

    async def pre_launch(self, **kwargs):
        """Prepare the sandbox; see KernelProvisionerBase."""
        self.sandbox = Sandbox(parent=self)
        self.ended = None
        if self.sandboxed:
            self.parent.transport = "ipc"
        return await super().pre_launch(**kwargs)

    @property
    def sandboxed(self):
        """Whether kernels run in a sandbox at all."""
        return self.sandbox.sandbox != "none"

    async def launch_kernel(self, cmd, **kwargs):
        """Start a kernel and its watchdog; returns the connection's description."""
        if self.sandboxed:
            self._launch(kwargs.get("cwd") or ".")
            threading.Thread(target=self._watch, args=(self.process,), daemon=True).start()
        else:
            kwargs["env"] = {**kwargs.get("env", os.environ), GRADER: "1"}
            await super().launch_kernel(cmd, **kwargs)
        return self.connection_info

    def _launch(self, folder):
        files, left_out = pack(folder, self.sandbox.withheld, self.sandbox.disk * MB // 2, MOST_FILES)
        if left_out:
            self.log.warning(
                "The kernel does not get these files, which are too large, too many or not ordinary files: %s",
                ", ".join(repr(name) for name in left_out[:20]),
            )
        scratch = self.sandbox.make_scratch()
        sockets = f"{scratch}/kernel-{uuid.uuid4().hex[:12]}/s"  # inside the sandbox
        connection = {**self.connection_info, "transport": "ipc", "ip": sockets, **PORTS, "kernel_name": ""}
        connection["key"] = connection["key"].decode()
        program = base64.b64encode(system_calls.program()).decode()
        description = {"connection": connection, "limits": self.sandbox.limits(), "system_calls": program}
        self.own_bytes = _own_bytes()
        request = pack_request(description, files)
        if self.sandbox.sandbox == "user":
            self.process = UserKernel(self.sandbox, request, scratch)
        else:
            self.process = warm_kernel(self.sandbox, request) or ColdKernel(self.sandbox, request)
        self.pid, self.pgid = self.process.pid, None
        self.killed = self.process.group.killed()
        # in a container, root may not look through /proc at another user's process; there the path is the same for both
        outside = sockets if self.sandbox.sandbox == "user" else f"/proc/{self.pid}/root{sockets}"
        self.connection_info = {**self.connection_info, "ip": outside, **PORTS}

    async def cleanup(self, restart=False):
        """Also where a kernel has ended by itself: what it may have left ends, and what is open for it is closed."""
        if self.sandboxed and self.process:
            self.process.close()
        await super().cleanup(restart=restart)

    def last_words(self):
        """What a kernel said that ended while it started."""
        return explain(self.process.last_words()) if self.process else ""

    def why_ended(self):
        """The name and the text of an error for a kernel that has died."""
        if self.ended is None and self.sandboxed and self.process and self.process.group.killed() > self.killed:
            return "OutOfMemory", f"more than {self.sandbox.memory} MB of memory"
        return self.ended or ("KernelDied", "the kernel died")

    def exceeds(self):
        """The limit that the kernel exceeds now, as the name and the text of an error, or None."""
        return self._exceeded(self.process) if self.sandboxed and self.process else None

    def _exceeded(self, process):
        """A message of many parts is counted when its last one has come, and until then it fills the grader's memory."""
        if _own_bytes() > self.own_bytes + UNREAD_BYTES:
            return "TooMuchOutput", "a message without end"
        return exceeded(self.sandbox, process)

    def exhausted(self):
        """What a cell that has ended has left too little of for the next one, as `exceeds`; quick to ask each time."""
        if not (self.sandboxed and self.process):
            return None
        if problem := _too_many_tasks(self.sandbox, self.process):
            return problem
        if _open_files(self.process.pid) > self.sandbox.most_files - SPARE_FILES:
            return "TooManyFiles", f"nearly all of the {self.sandbox.most_files} files that may be open"
        return None

    def stop(self, name, text, process=None):
        """End the kernel with all its processes, for this reason. `process` is given where it may be an earlier one."""
        process = process or self.process
        if process is self.process:
            if self.ended is not None:  # what it sent before that is still being read
                return
            self.ended = name, text
        if process:
            process.kill()

    def _watch(self, process):
        """Stop the kernel when it has too much memory or too many processes. Runs in a thread of its own."""
        while process.poll() is None:
            time.sleep(WATCH_SECONDS)
            problem = self._exceeded(process)
            if problem:
                self.stop(*problem, process)

    async def send_signal(self, signum):
        """Interrupt the kernel's cell, or end the kernel for any other signal."""
        if not self.sandboxed:
            await super().send_signal(signum)
        elif self.process and signum == signal.SIGINT:
            self.process.interrupt()
        elif self.process:
            self.process.kill()


def _own_bytes():
    """Memory of this process."""
    return psutil.Process().memory_info().rss


def exceeded(sandbox, kernel):
    """The limit of a sandbox that a kernel exceeds, as the name and the text of an error, or None."""
    if problem := _too_many_tasks(sandbox, kernel):
        return problem
    most_tasks = sandbox.most_tasks - SPARE_TASKS
    try:
        first = psutil.Process(kernel.pid)
        tree = [first, *first.children(recursive=True)]
    except psutil.Error:
        return None
    if len(tree) > sandbox.processes + 2:  # with the one or two that belong to the sandbox
        return "TooManyProcesses", f"more than {sandbox.processes} processes"
    if _total(tree, _threads) > most_tasks:
        return "TooManyProcesses", f"more than {most_tasks} threads"
    if _exceeds(tree, sandbox.memory * MB):
        return "OutOfMemory", f"more than {sandbox.memory} MB of memory"
    if _inodes(sandbox, kernel) > MOST_INODES:
        return "OutOfMemory", f"more than {MOST_INODES} files"
    if psutil.virtual_memory().available < RESERVE_BYTES and _exceeds(tree, HONEST_BYTES):
        return "OutOfMemory", "all the memory that the machine has"
    return None


def _too_many_tasks(sandbox, kernel):
    """The limit of processes and threads, as `exceeded`, by what the control group counts; None where there is none."""
    most = sandbox.most_tasks - SPARE_TASKS
    return ("TooManyProcesses", f"more than {most} processes and threads") if kernel.group.tasks() > most else None


def _open_files(pid):
    """Files that a sandbox's first process or its kernel has open, whichever are more; 0 where that is not shown."""
    most = 0
    with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{pid}/children") as file:
        for number in (pid, *file.read().split()[:1]):
            with contextlib.suppress(OSError):
                most = max(most, len(os.listdir(f"/proc/{number}/fd")))
    return most


def _inodes(sandbox, kernel):
    """Files and folders in a kernel's folders in memory: each takes about 1 kB of the machine's, however empty it is."""
    if sandbox.sandbox != "bubblewrap":
        return 0
    amount = 0
    for path in sandbox.memory_folders():
        with contextlib.suppress(OSError):  # it has ended
            status = os.statvfs(f"/proc/{kernel.pid}/root{path}")
            amount += status.f_files - status.f_ffree
    return amount


def _total(processes, read):
    amount = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):  # it has ended
            amount += read(process)
    return amount


def _exceeds(processes, limit):
    """Whether some processes use more memory than `limit` bytes. What they share counts once, their page tables too."""
    tables = _total(processes, _page_tables)
    if tables + _total(processes, lambda process: process.memory_info().rss) <= limit:
        return False
    amount, until = tables, time.monotonic() + EXACT_SECONDS  # with many processes, the exact figure must not be waited for
    for process in processes:
        amount += _total([process], _share_of_memory)
        if amount > limit or time.monotonic() > until:
            break
    return amount > limit


def _share_of_memory(process):
    """Bytes of a process's memory, of what it shares its part; all of it where that may not be looked at."""
    try:
        return process.memory_full_info().pss
    except psutil.AccessDenied:
        return process.memory_info().rss


def _threads(process):
    """How many threads a process has. psutil reads it from a text that begins with the process's name, which is its own."""
    with contextlib.suppress(OSError):
        return len(os.listdir(f"/proc/{process.pid}/task"))
    return 0


def _page_tables(process):
    """Bytes of a process's page tables: a huge mapping that is only read has no other memory."""
    with contextlib.suppress(OSError), open(f"/proc/{process.pid}/status") as file:
        return sum(1024 * int(line.split()[1]) for line in file if line.startswith("VmPTE:"))
    return 0
