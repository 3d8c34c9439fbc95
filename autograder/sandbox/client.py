"""The grader's end of a kernel's sockets: it reads what a hostile kernel sends, and counts it."""

import asyncio
import contextlib
import itertools
import os
import stat
import time
from queue import Empty

import zmq
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.manager import AsyncKernelManager
from traitlets import Type

from . import SandboxError
from .bubblewrap import MB

MESSAGE_BYTES = 100 * MB  # of the largest message that is read: what a loop prints between two flushes is smaller
START_SECONDS = 60  # in which a kernel must reply
HEADER_BYTES = 10_000  # of what says what a message is and belongs to; dates in it take long to read
MOST_PARTS = 1_000  # lines of a traceback, and forms of an output
SEND_SECONDS = 5  # in which a message must be on its way; a kernel that has broken its sockets takes none
RECONNECT_MILLISECONDS = 5  # between attempts to connect to a kernel that starts
FLOOD = 0.1  # share of the limits of output from which on a cell whose time is over is one that sends without end
PORTS = {"shell_port": 1, "iopub_port": 2, "stdin_port": 3, "hb_port": 4, "control_port": 5}  # of a socket's name


class SandboxedKernelManager(AsyncKernelManager):
    """Starts kernels by SandboxProvisioner, whichever kernel a notebook names. Has no connection file."""

    client_factory = Type(klass="autograder.sandbox.client.SandboxClient")

    @property
    def kernel_spec(self):
        """The kernel in the sandbox, whatever kernels are installed."""
        spec = super().kernel_spec
        spec.metadata = {**spec.metadata, "kernel_provisioner": {"provisioner_name": "residual-networks-sandbox"}}
        return spec

    def write_connection_file(self, **kwargs):
        """Nothing: connections are handed over in memory."""
        if self.transport != "ipc":
            super().write_connection_file(**kwargs)

    def _connect_control_socket(self):
        """Kernels in a sandbox are ended, not asked to end: no socket is connected by its name, see SandboxClient."""
        if self.transport != "ipc":
            super()._connect_control_socket()

    def cleanup_ipc_files(self):
        """Nothing: the sockets vanish with the sandbox."""

    def _reconcile_connection_info(self, info):
        if self.transport != "ipc":
            super()._reconcile_connection_info(info)
            return
        self.ip = info["ip"]
        for name, port in PORTS.items():
            setattr(self, name, port)

    def client(self, **kwargs):
        """A SandboxClient for this kernel."""
        client = super().client(**kwargs)
        client.provisioner = self.provisioner
        return client


class Channel(AsyncZMQSocketChannel):
    """Receives what a hostile kernel sends: messages that make no sense are replaced by an empty one."""

    count = staticmethod(lambda size: False)

    async def _recv(self, **kwargs):
        parts = await self.socket.recv_multipart(**kwargs)
        too_much = self.count(sum(map(len, parts)))
        await asyncio.sleep(0)  # a flood must not keep the loop from looking at the clock
        try:
            if too_much:
                raise ValueError
            _, parts = self.session.feed_identities(parts)
            if sum(map(len, parts[1:4])) > HEADER_BYTES:
                raise ValueError
            message = self.session.deserialize(parts)
            if all(isinstance(message[part], dict) for part in ("header", "parent_header", "content")):
                return {**message, "content": _flat(message["content"])}
        except Exception:  # forged, replayed or no JSON: what it is does not matter
            pass
        return {"msg_type": "", "header": {"msg_type": ""}, "parent_header": {}, "content": {}}


def _flat(content):
    """The texts of a message's content. What else it holds is of no use, need not be what it should be (a number of a cell
    is written into pages), and takes minutes to check and copy where it is nested."""
    kept = {key: value for key, value in content.items() if isinstance(value, (str, bool))}
    for part in ("data", "language_info"):
        if isinstance(content.get(part), dict):
            items = itertools.islice(content[part].items(), MOST_PARTS)
            kept[part] = {key: value for key, value in items if isinstance(value, str)}
    if isinstance(content.get("traceback"), list):
        kept["traceback"] = [line for line in content["traceback"][:MOST_PARTS] if isinstance(line, str)]
    return {**kept, "metadata": {}, "execution_count": None}


class SandboxClient(AsyncKernelClient):
    """Talks to a hostile kernel: counts what it sends, and stops it when that is too much."""

    shell_channel_class = Type(Channel)
    iopub_channel_class = Type(Channel)
    received = messages = 0  # bytes and messages since a cell has begun
    _sockets = None  # of the sandbox's: {channel: descriptor}

    def start_channels(self, **_):
        """Connect to the kernel; to one in a sandbox when it is there, in `wait_for_ready`."""
        if self.transport != "ipc":
            self._connect()

    def stop_channels(self):
        """Close the connections."""
        super().stop_channels()
        for descriptor in (self._sockets or {}).values():
            os.close(descriptor)
        self._sockets = None

    def _make_url(self, channel):
        """The address of a channel: of the socket itself, whatever its name in the sandbox stands for later. 0MQ connects
        again when a kernel breaks a connection, and would follow a link that leads to sockets of the grader's machine."""
        if not self._sockets:
            return super()._make_url(channel)
        return f"ipc:///proc/self/fd/{self._sockets[channel]}"

    def _find_sockets(self):
        """Open the kernel's sockets, before it runs anything of a submission; whether they are there."""
        paths = {name.removesuffix("_port"): f"{self.ip}-{port}" for name, port in PORTS.items()}
        found = {}
        with contextlib.suppress(OSError):  # not there yet, or not any more
            for channel, path in paths.items():
                found[channel] = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
        if len(found) == len(paths) and all(stat.S_ISSOCK(os.fstat(descriptor).st_mode) for descriptor in found.values()):
            self._sockets = found
            return True
        for descriptor in found.values():
            os.close(descriptor)
        return False

    def _connect(self):
        self.context.setsockopt(zmq.MAXMSGSIZE, MESSAGE_BYTES)
        self.context.setsockopt(zmq.SNDTIMEO, 1000 * SEND_SECONDS)
        self.context.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MILLISECONDS)
        super().start_channels(stdin=False, hb=False, control=False)
        self.shell_channel.count = self.iopub_channel.count = self._count

    def _count(self, size):
        self.received += size
        self.messages += 1
        sandbox = self.provisioner.sandbox
        if self.received > sandbox.output * MB:
            self.provisioner.stop("TooMuchOutput", f"more than {sandbox.output} MB of output")
        elif self.messages > sandbox.messages:
            self.provisioner.stop("TooMuchOutput", f"more than {sandbox.messages} messages")
        else:
            return False
        return True

    @property
    def flooded(self):
        """For a cell whose time is over: the name and text of an error, if it was on its way to too much output, or None.
        How much of a flood is read in that time depends on the machine; what is said of it must not."""
        sandbox = self.provisioner.sandbox
        if self.received > FLOOD * sandbox.output * MB or self.messages > FLOOD * sandbox.messages:
            return "TooMuchOutput", "output without end"
        return None

    def begin_cell(self):
        """Count from here."""
        self.received = self.messages = 0

    async def wait_for_ready(self, timeout=None):
        """Wait until the kernel replies and its outputs arrive. Raises SandboxError."""
        end = time.monotonic() + (timeout or START_SECONDS)
        while self.transport == "ipc" and not self._sockets and not self._find_sockets():
            if not await self.is_alive():
                raise SandboxError(self.provisioner.last_words() or "The kernel ended while it started.")
            if time.monotonic() > end:
                raise SandboxError("The kernel does not start.")
            await asyncio.sleep(RECONNECT_MILLISECONDS / 1000)
        if self._sockets:
            self._connect()
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
