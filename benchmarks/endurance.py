"""Many gradings in a row by one process and one warm parent: time, memory and what is left behind.

Run as `python -m benchmarks.endurance [ROUNDS]` in the repository's root. Each round forks a kernel, runs a notebook with
the solution in it, and judges it. Prints medians of the first and the last fifth, and the private memory of an idle kernel.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import psutil
from nbgrader.utils import setenv
from traitlets.config import Config

from autograder.grading.execute import ExecuteByQuestion
from autograder.grading.judge import Judge, verdicts_in
from autograder.sandbox.client import SandboxedKernelManager
from tests.helpers.processes import memory_of
from tests.helpers.submissions import ASSIGNMENT, ROOT

NOTEBOOK = "vanishing_gradients"


def grade_once(folder):
    """Run and judge the solution notebook; its score, and the seconds that it took."""
    started = time.perf_counter()
    notebook = nbformat.read(ROOT / "source" / ASSIGNMENT / f"{NOTEBOOK}.ipynb", as_version=4)
    resources = {"nbgrader": {"assignment": ASSIGNMENT}, "metadata": {"path": str(ROOT / "release" / ASSIGNMENT)}}
    config = Config(
        {
            "CourseDirectory": {"root": str(ROOT)},
            "Judge": {"verdicts": str(Path(folder) / "verdicts.db")},
            "Sandbox": {"data": str(ROOT / "data")},
        }
    )
    with setenv(NBGRADER_EXECUTION="autograde"):
        for preprocessor in (ExecuteByQuestion, Judge):
            notebook, resources = preprocessor(config=config).preprocess(notebook, resources)
    score = sum(verdict["score"] for _, verdict in verdicts_in(notebook.cells))
    return score, time.perf_counter() - started


def family():
    """This process and those below it."""
    return [psutil.Process(), *psutil.Process().children(recursive=True)]


async def idle_kernel(folder):
    """Private memory of a kernel that has replied and waits, in MB."""
    manager = SandboxedKernelManager(kernel_name="python3", config=Config({"Sandbox": {"data": str(ROOT / "data")}}))
    await manager.start_kernel(cwd=folder)
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=60)
    first = psutil.Process(manager.provisioner.pid)
    private = sum(process.memory_full_info().uss for process in [first, *first.children(recursive=True)]) / 1e6
    client.stop_channels()
    await manager.shutdown_kernel(now=True)
    return private


def endure(rounds):
    """Grade so many times: {what: figure}."""
    scores, seconds, sizes, processes = set(), [], [], []
    with tempfile.TemporaryDirectory() as folder:
        grade_once(folder)  # starts the warm parent
        for _ in range(rounds):
            score, taken = grade_once(folder)
            scores.add(score)
            seconds.append(taken)
            sizes.append(memory_of(os.getpid()))
            processes.append(len(family()))
        private = asyncio.run(idle_kernel(folder))
    fifth = max(1, rounds // 5)
    return {
        "scores": scores,
        "seconds": [statistics.median(part) for part in (seconds[:fifth], seconds[-fifth:])],
        "MB": [statistics.median(part) for part in (sizes[:fifth], sizes[-fifth:])],
        "processes": [max(part) for part in (processes[:fifth], processes[-fifth:])],
        "slowest": max(seconds),
        "idle kernel MB": private,
    }


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    os.chdir(ROOT)
    found = endure(count)
    print(f"{count} gradings, scores {sorted(found['scores'])}: first fifth and last fifth")
    print("seconds a grading {:.2f} and {:.2f}, slowest {:.2f}".format(*found["seconds"], found["slowest"]))
    print("memory in MB {:.0f} and {:.0f}; processes {} and {}".format(*found["MB"], *found["processes"]))
    print(f"private memory of an idle kernel: {found['idle kernel MB']:.0f} MB")
