"""The processes in which notebooks of a class are run and judged.

A task is a notebook and its files as bytes, and so is its result: no shared file system is needed.
"""

import concurrent.futures
import copy
import functools
import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
import time
from dataclasses import dataclass
from multiprocessing.reduction import ForkingPickler
from multiprocessing.util import Finalize
from pathlib import Path

import nbformat
from nbgrader.utils import setenv
from traitlets.config import Config

from ..grading.execute import ExecuteByQuestion
from ..grading.files import lock
from ..grading.judge import Judge
from ..sandbox.bubblewrap import Sandbox
from ..sandbox.warm import warm_parent
from ..sandbox.wire import unpack

FOLDER = "residual-networks-kit-worker-"
_config = None  # of the command that this process was made for


@dataclass
class Task:
    """What a worker needs to run and judge one notebook. Nothing in it is a path on this machine."""

    names: dict  # nbgrader's student, assignment and notebook
    notebook: bytes
    files: bytes  # the submission's other files, as a tar archive
    course: str  # the name under which a worker knows the course's files
    course_files: bytes  # these files, or nothing if the worker should have them
    config: dict | None  # nbgrader's; None for what the worker has been made with


class CourseFilesWanted(Exception):
    """A worker does not have the course's files yet."""


@functools.cache
def _own_folder():
    """A folder of this process, removed when it ends; those of processes that were killed are removed now."""
    for path in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        held = _lock(path)
        if held is not None:
            shutil.rmtree(path, ignore_errors=True)
            os.close(held)
    while True:  # until it is locked, another process that starts may take it for one that was left
        folder = tempfile.mkdtemp(prefix=FOLDER)
        if _lock(folder) is not None and os.path.isdir(folder):
            break
    Finalize(None, shutil.rmtree, (folder, True), exitpriority=1)
    return Path(folder)


def _lock(folder):
    """Lock a folder for as long as this process lives: the descriptor, or None if another process has."""
    try:
        return lock(os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW))
    except OSError:
        return None


class Pool:
    """Processes that end with this one. When one of them dies, those who wait for a result get BrokenExecutor, and what
    is submitted then goes to new processes."""

    def __init__(self, jobs=0, config=None):
        """Fork them, with all that this process has imported: it must not have opened a gradebook yet.

        jobs: their number; 0 is one for each processor. config: nbgrader's, a dict; it may hold functions, which are
        forked and not sent."""
        self.width, self._config = jobs or len(os.sched_getaffinity(0)), config
        self._executor = self._make("fork")
        self._executor.submit(int)

    def _make(self, way):
        context = multiprocessing.get_context(way)
        return concurrent.futures.ProcessPoolExecutor(self.width, context, initializer=_begin, initargs=[self._config])

    def warm(self):
        """Have each of them, or nearly, start its warm parent for kernels."""
        for _ in range(self.width):
            self._executor.submit(_warm)

    def submit(self, function, *arguments):
        """A future of what the function returns. Raises RuntimeError where new processes would be needed and cannot be."""
        try:
            return self._executor.submit(function, *arguments)
        except concurrent.futures.BrokenExecutor:
            self.shutdown()
        try:
            ForkingPickler.dumps(self._config)
        except Exception as error:  # it raises what it likes
            raise RuntimeError(
                "a process that grades has died, and what nbgrader_config.py defines cannot be sent to a new one "
                f"({error}): run the same command again"
            ) from error
        self._executor = self._make("forkserver")  # by now, there are threads and open gradebooks
        return self._executor.submit(function, *arguments)

    def shutdown(self):
        """Let what runs come to its end, and wait for it: where Python ends meanwhile, it may say so by a traceback. What
        has not begun is cancelled."""
        self._executor.shutdown(cancel_futures=True)


def each(pool, function, items):
    """Call a function with each of some tuples of arguments: (arguments, finished future), one after the other as they
    come. Where a process has died, those that may be the cause are called again, one at a time."""
    futures = {pool.submit(function, *item): item for item in items}
    suspects = []
    for future in concurrent.futures.as_completed(futures):
        if isinstance(future.exception(), concurrent.futures.BrokenExecutor):
            suspects.append(futures[future])
        else:
            yield futures[future], future
    for item in suspects:
        future = pool.submit(function, *item)
        concurrent.futures.wait([future])
        yield item, future


def _begin(config):
    """Remember the configuration, and have this process end with the one that started it, however that ends."""
    global _config
    _config = config
    threading.Thread(target=_end_with, args=[multiprocessing.parent_process()], daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle


def _warm():
    warm_parent(Sandbox(config=Config(_config)))


def _end_with(process):
    process.join()
    os.kill(os.getpid(), signal.SIGKILL)


def execute_and_judge(task):
    """Run and judge one notebook: the notebook as bytes, and the seconds that it took."""
    started = time.perf_counter()
    course = _own_folder() / task.course
    if not course.exists():
        if not task.course_files:
            raise CourseFilesWanted(task.course)
        unpacked = tempfile.mkdtemp(dir=_own_folder())
        unpack(task.course_files, unpacked)
        os.rename(unpacked, course)
    config = Config(copy.deepcopy(_config if task.config is None else task.config))
    config.Sandbox.setdefault("data", str(course / "data"))
    config.CourseDirectory.root, config.CourseDirectory.source_directory = str(course), "source"
    config.Judge.setdefault("verdicts", str(course / "verdicts.db"))
    with tempfile.TemporaryDirectory(dir=_own_folder()) as folder:
        unpack(task.files, folder)
        nb = nbformat.reads(task.notebook.decode(), as_version=4)
        resources = {"nbgrader": task.names, "metadata": {"path": folder}}
        with setenv(NBGRADER_EXECUTION="autograde"):
            for preprocessor in (ExecuteByQuestion(config=config), Judge(config=config)):
                if preprocessor.enabled:
                    nb, resources = preprocessor.preprocess(nb, resources)
    return nbformat.writes(nb).encode(), time.perf_counter() - started
