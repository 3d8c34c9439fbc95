"""What processes use."""

import contextlib
import socket
import threading
import time

import psutil


def free_port():
    """The number of a port on this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def memory_of(pid):
    """Memory of a process and those below it in MB; what they share counts once."""
    total = 0
    try:
        for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
            with contextlib.suppress(psutil.Error):  # it has ended
                total += process.memory_full_info().pss
    except psutil.NoSuchProcess:
        pass
    return total / 1e6


class Memory(threading.Thread):
    """Watches a process and those below it: the most memory that they have at one time is `peak`, in MB."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.process, self.peak = psutil.Process(pid), 0.0
        self.start()

    def run(self):
        while self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE:
            self.peak = max(self.peak, memory_of(self.process.pid))
            time.sleep(1)
