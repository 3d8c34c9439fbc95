"""A Dask cluster on this machine: a scheduler and workers, each a process with a folder of its own."""

import contextlib
import subprocess
import sys

from tests.helpers.processes import free_port


@contextlib.contextmanager
def dask_cluster(folder, count=2):
    """The scheduler's address and the workers' processes."""
    address = f"tcp://127.0.0.1:{free_port()}"
    scheduler = _start("dask_scheduler", folder, "--host", "127.0.0.1", "--port", address.rsplit(":")[-1])
    workers = []
    for number in range(count):
        (folder / f"worker_{number}").mkdir()
        workers.append(_start("dask_worker", folder / f"worker_{number}", address, "--nthreads", "1", "--no-nanny"))
    try:
        yield address, workers
    finally:
        for process in [*workers, scheduler]:
            process.kill()
            process.wait()


def _start(program, folder, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.{program}", *arguments, "--no-dashboard"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
