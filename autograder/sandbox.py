"""Kernels in a sandbox, as a jupyter_client kernel provisioner.

The kernel sees the Python installation, the picture data and this package, all read-only, and a private folder in
memory with the submission's files: no other file, no network, no process and no environment of the grader's. It
talks over local sockets, whose names are removed as soon as both sides are connected. When it ends, all that it
started ends with it.
"""
import asyncio
import fcntl
import io
import json
import os
import shutil
import signal
import site
import stat
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import threading
import time
from pathlib import Path

import psutil
import zmq
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from nbgrader.converters.base import NbGraderException
from traitlets import Enum, Integer, List, Type, Unicode
from traitlets.config import LoggingConfigurable

MB = 1_000_000
PACKAGE = Path(__file__).parent
SCRATCH = "residual-networks-kit-"      # prefix of the folders for sockets
WATCH = 0.2                             # seconds between two looks at what a kernel uses
RESERVE = 300 * MB                      # memory that the machine itself must keep
MESSAGE = 12 * MB                       # the largest message that is read: a hand-in is smaller
OVERHEAD = 500                          # bytes that each message counts beside its content


class SandboxError(NbGraderException):
    """A sandbox cannot be made; the message says how to mend it."""


class Sandbox(LoggingConfigurable):
    """What a kernel may see and use while nbgrader grades."""

    sandbox = Enum(["bubblewrap", "none"], "bubblewrap", help=(
        "'none' runs submissions with all your rights: they can read and change what you can")).tag(config=True)
    memory = Integer(4000, help="Memory of a kernel with all its processes, in MB").tag(config=True)
    disk = Integer(500, help="Size of the folder in which a kernel can write, in MB").tag(config=True)
    processes = Integer(64, help="Number of processes of a kernel").tag(config=True)
    files = Integer(1024, help="Number of files that a process of a kernel may open").tag(config=True)
    output = Integer(20, help="Output of one cell, in MB").tag(config=True)
    data = Unicode("data", help=(
        "A folder that notebooks may read, relative to the course directory; they find it as they do at home"
    )).tag(config=True)
    environment = List(Unicode(), ["KERAS_BACKEND", "NBGRADER_EXECUTION", "OMP_NUM_THREADS", "TF_ENABLE_ONEDNN_OPTS",
                                   "TF_NUM_INTEROP_THREADS", "TF_NUM_INTRAOP_THREADS"], help=(
        "Names of the environment variables that a kernel gets from the grader's environment")).tag(config=True)

    def command(self, scratch=None):
        """The bubblewrap command line, to which the command that is to run inside is appended."""
        command = [_bubblewrap(), "--unshare-all", "--unshare-user", "--disable-userns", "--uid", "1000", "--gid",
                   "1000", "--hostname", "kernel", "--cap-drop", "ALL", "--die-with-parent", "--new-session",
                   "--clearenv"]
        for path in _python_installation():
            command += ["--symlink", os.readlink(path), path] if os.path.islink(path) else ["--ro-bind", path, path]
        if Path(self.data).is_dir():
            command += ["--ro-bind", str(Path(self.data).resolve()), "/data"]
        command += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev",
                    "--size", str(64 * MB), "--tmpfs", "/dev/shm",
                    "--size", str(self.disk * MB), "--tmpfs", "/tmp", "--dir", "/tmp/home", "--dir", "/tmp/work",
                    "--chdir", "/tmp/work"]
        if scratch:
            command += ["--bind", scratch, scratch]
        variables = {"HOME": "/tmp/home", "LANG": "C.UTF-8", "PATH": os.path.dirname(sys.executable),
                     "TF_CPP_MIN_LOG_LEVEL": "3",
                     **{name: os.environ[name] for name in self.environment if name in os.environ}}
        for name, value in variables.items():
            command += ["--setenv", name, value]
        return [*command, "--remount-ro", "/", "--"]

    def limits(self):
        """The limits that a kernel process sets for itself and its children before it runs anything else."""
        return {"RLIMIT_CORE": 0, "RLIMIT_NOFILE": self.files, "RLIMIT_FSIZE": self.disk * MB,
                "RLIMIT_NPROC": 16 * self.processes}      # counts threads, of which TensorFlow starts many

    def verify(self):
        """Raise SandboxError if kernels cannot be sandboxed here; say so if they are not to be."""
        if self.sandbox == "none":
            self.log.warning("!" * 100)
            self.log.warning("SUBMISSIONS RUN WITHOUT A SANDBOX (c.Sandbox.sandbox = 'none'): they can read and "
                             "change whatever you can, the gradebook and the solutions included.")
            self.log.warning("!" * 100)
            return
        if sys.platform != "linux":
            raise SandboxError("Submissions can be sandboxed on Linux only. Grade in the container instead: "
                               "docker build -t residual-networks-kit . (see SECURITY.md).")
        tried = subprocess.run([*self.command(), sys.executable, "-I", "-S", "-c", ""], stdin=subprocess.DEVNULL,
                               capture_output=True, text=True)
        if tried.returncode:
            raise SandboxError(_explain(tried.stderr))


def _bubblewrap():
    path = shutil.which("bwrap")
    if path is None:
        raise SandboxError("Submissions are run in a sandbox, and bubblewrap, which makes it, is not installed. "
                           "Install it: sudo apt-get install bubblewrap")
    return path


def _explain(stderr):
    said = stderr.strip()[-500:]
    if "Unknown option" in said:
        return f"bubblewrap is too old (0.8 or newer is needed): sudo apt-get install --only-upgrade bubblewrap ({said})"
    if "namespace" in said or "not permitted" in said or "uid map" in said.lower():
        return ("This machine does not let bubblewrap make a sandbox. Allow it with "
                f"sudo sysctl -w kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0 ({said})")
    return f"The sandbox does not start: {said}"


def _python_installation():
    """Files and folders without which Python cannot run: nothing of the course, and nobody's home."""
    paths = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/etc/localtime"]
    folders = {sys.prefix, str(PACKAGE), site.getusersitepackages() if site.ENABLE_USER_SITE else sys.prefix}
    if sys.base_prefix in ("/usr", "/usr/local"):
        folders |= {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), "/usr/local/lib"}
        paths.append(os.path.realpath(sys.executable))
    else:
        folders.add(sys.base_prefix)
    paths += sorted(folders - {"/usr"})
    return [path for path in paths if os.path.lexists(path)]


def pack(folder, limit):
    """A tar archive of the ordinary files of a folder, notebooks excepted, as bytes; and the names left out.

    Links, pipes and sockets are left out, and so is what would take it above `limit` bytes.
    """
    packed, left_out, size = io.BytesIO(), [], 0
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for here, folders, files in os.walk(folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                path = os.path.join(here, name)
                status = os.lstat(path)
                if name.endswith(".ipynb"):
                    continue
                size += status.st_size + OVERHEAD
                if not stat.S_ISREG(status.st_mode) or size > limit:
                    left_out.append(os.path.relpath(path, folder))
                    size -= status.st_size
                    continue
                archive.add(path, os.path.relpath(path, folder), recursive=False, filter=_plain)
    return packed.getvalue(), left_out


def _plain(entry):
    """A tar entry that does not tell whose file it was."""
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o644
    return entry


# ------------------------------------------------------------------ the provisioner

class SandboxProvisioner(LocalProvisioner):
    """Starts a kernel in a sandbox, watches what it uses, and stops it with all its processes.

    `ended` says why it was stopped, as the name and the text of an error, or is None.
    """

    ended = None
    scratch = None
    lock = None

    @property
    def sandboxed(self):
        return self.sandbox.sandbox != "none"

    async def pre_launch(self, **kwargs):
        self.sandbox = Sandbox(parent=self)
        self.ended = None
        if self.sandboxed:
            self._make_scratch()
        return await super().pre_launch(**kwargs)

    def _make_scratch(self):
        """A folder for the sockets and the connection file, at the same path after each restart."""
        manager = self.parent
        if self.scratch is None:
            remove_stale_scratch()
            self.scratch = tempfile.mkdtemp(prefix=SCRATCH, dir="/tmp")     # paths of sockets must be short
            self.lock = _lock(self.scratch)
            manager.transport, manager.ip = "ipc", f"{self.scratch}/s"
            manager.connection_file = f"{self.scratch}/kernel.json"
            manager.context.setsockopt(zmq.MAXMSGSIZE, MESSAGE)
        else:
            self.remove_scratch()
            os.mkdir(self.scratch, mode=0o700)
            self.lock = _lock(self.scratch)

    def remove_scratch(self):
        """Remove the sockets' names. Who is connected stays connected."""
        if self.lock is not None:
            shutil.rmtree(self.scratch, ignore_errors=True)
            os.close(self.lock)
            self.lock = None

    async def launch_kernel(self, cmd, **kwargs):
        if self.sandboxed:
            self._launch(kwargs.get("cwd") or ".")
        else:
            await super().launch_kernel(cmd, **kwargs)
        threading.Thread(target=self._watch, args=(self.process,), daemon=True).start()
        return self.connection_info

    def _launch(self, folder):
        files, left_out = pack(folder, self.sandbox.disk * MB // 2)
        if left_out:
            self.log.warning("The kernel does not get these files, which are too large or not ordinary files: %s",
                             ", ".join(repr(name) for name in left_out[:20]))
        limits = json.dumps(self.sandbox.limits())
        command = [*self.sandbox.command(self.scratch), sys.executable, "-P", str(PACKAGE / "inside.py"),
                   self.parent.connection_file, limits]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, start_new_session=True)
        self.pid, self.pgid = self.process.pid, None
        try:
            self.process.stdin.write(files)
            self.process.stdin.close()
        except BrokenPipeError:     # it ended at once: wait_for_ready says why
            pass

    def last_words(self):
        """What a kernel said that ended while it started."""
        return _explain(self.process.stderr.read().decode(errors="replace")) if self.process else ""

    def stop(self, name, text):
        """End the kernel with all its processes, for this reason."""
        if self.ended is None and self.process:
            self.ended = name, text
            self.process.kill()

    def _watch(self, process):
        """Stop the kernel when it has too much memory or too many processes. Runs in a thread of its own."""
        limits = self.sandbox
        while process.poll() is None:
            time.sleep(WATCH)
            try:
                tree = psutil.Process(process.pid).children(recursive=True)
            except psutil.Error:
                return
            if len(tree) > limits.processes + 2:        # bubblewrap itself is one or two of them
                self.stop("TooManyProcesses", f"more than {limits.processes} processes")
            elif _exceeds(tree, limits.memory * MB) or psutil.virtual_memory().available < RESERVE:
                self.stop("OutOfMemory", f"more than {limits.memory} MB of memory")

    async def send_signal(self, signum):
        if not self.sandboxed:
            await super().send_signal(signum)
        elif self.process and signum == signal.SIGINT:
            for kernel in _kernel_processes(self.process.pid):
                kernel.send_signal(signum)
        elif self.process:
            self.process.kill()

    async def cleanup(self, restart=False):
        self.remove_scratch()
        await super().cleanup(restart)


def _kernel_processes(pid):
    """The kernel in a sandbox: the first child of its first process."""
    try:
        first = psutil.Process(pid).children()
        return sorted((child for process in first for child in process.children()), key=lambda p: p.create_time())[:1]
    except psutil.Error:
        return []


def _exceeds(processes, limit):
    """Whether some processes use more memory than `limit` bytes. What they share counts once."""
    def total(read):
        amount = 0
        for process in processes:
            try:
                amount += read(process)
            except psutil.Error:        # it has ended
                pass
        return amount
    return (total(lambda process: process.memory_info().rss) > limit
            and total(lambda process: process.memory_full_info().pss) > limit)


def _lock(folder):
    """Mark a folder as in use by this process, until it ends or closes the descriptor returned."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def remove_stale_scratch():
    """Remove what a grader has left behind that was killed while a kernel started."""
    for path in Path("/tmp").glob(f"{SCRATCH}*"):
        try:
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
        except OSError:     # in use
            pass
        finally:
            os.close(lock)


# ------------------------------------------------------------------ the other end of the sockets

class SandboxedKernelManager(AsyncKernelManager):
    """Starts kernels by SandboxProvisioner, whichever kernel a notebook names."""

    client_factory = Type(klass="autograder.sandbox.SandboxClient")

    @property
    def kernel_spec(self):
        spec = super().kernel_spec
        spec.metadata = {**spec.metadata, "kernel_provisioner": {"provisioner_name": "residual-networks-sandbox"}}
        return spec

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
        await asyncio.sleep(0)      # a flood must not keep the loop from looking at the clock
        try:
            _, parts = self.session.feed_identities(parts)
            message = self.session.deserialize(parts)
            if all(isinstance(message[part], dict) for part in ("header", "parent_header", "content")):
                return message
        except Exception:       # forged, replayed or no JSON: what it is does not matter
            pass
        return {"msg_type": "", "header": {"msg_type": ""}, "parent_header": {}, "content": {}}


class SandboxClient(AsyncKernelClient):
    """Talks to a hostile kernel: counts what it sends, and stops it when that is too much."""

    shell_channel_class = Type(Channel)
    iopub_channel_class = Type(Channel)
    received = 0            # bytes since a cell has begun

    def start_channels(self, **_):
        super().start_channels(stdin=False, hb=False, control=False)
        self.shell_channel.count = self.iopub_channel.count = self._count

    def _count(self, size):
        self.received += size
        limit = self.provisioner.sandbox.output
        if self.received > limit * MB:
            self.provisioner.stop("TooMuchOutput", f"more than {limit} MB of output")

    async def wait_for_ready(self, timeout=None):
        try:
            await super().wait_for_ready(timeout)
        except RuntimeError as error:
            raise SandboxError(self.provisioner.last_words() or str(error)) from error
        self.provisioner.remove_scratch()
