"""Grading of a whole class, several notebooks at a time.

nbgrader's own converter goes through the submissions; only the two steps that run and judge a notebook are handed to
other processes, on this machine or on a Dask cluster (see workers.py). This process alone writes to the gradebook.
"""

import concurrent.futures
import copy
import glob
import hashlib
import io
import os
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.utils import rmtree
from traitlets import Integer, Unicode

from ..grading.judge import verdicts_in
from ..grading.pages import NOTE_ID
from ..grading.repair import why_unreadable
from ..grading.source import expected_in
from ..sandbox.bubblewrap import Sandbox
from ..sandbox.wire import pack
from .progress import Progress
from .workers import CourseFilesWanted, Pool, Task, execute_and_judge

ATTEMPTS = 2  # for a notebook whose worker dies while it has nothing else to do
AHEAD = 2  # tasks for each worker that are prepared before it is free
EVERYTHING = 2**40  # no limit on what is packed


@dataclass
class Submission:
    """One student's submission on its way."""

    folder: str
    names: dict
    notebooks: list
    waiting: int = 0
    seconds: float = 0.0
    results: dict = field(default_factory=dict)


class ClassGrader(Autograde):
    """nbgrader's autograde, with the running and judging of notebooks in other processes."""

    runs_kernels = False  # see SubmissionExporter

    jobs = Integer(0, help="Number of processes on this machine; 0 is one for each processor").tag(config=True)
    verdicts = Unicode(".verdicts.db", help="See Judge.verdicts").tag(config=True)
    scheduler = Unicode("", help="Address of a Dask scheduler whose workers are used instead").tag(config=True)

    def init_notebooks(self):
        """Find the submissions, and start the processes that are going to run their notebooks."""
        folders = glob.glob(self._format_source(self.coursedir.assignment_id, self.coursedir.student_id))
        if folders and not any(glob.glob(os.path.join(glob.escape(folder), "*.ipynb")) for folder in folders):
            # nbgrader would stop. SubmissionExporter finds what they hold.
            self.assignments = expected_in(self.coursedir, self.coursedir.assignment_id, folders)
        else:
            super().init_notebooks()
        self._config = copy.deepcopy(dict(self.config))
        sandbox = self._config.setdefault("Sandbox", {})
        if self.scheduler:
            sandbox.pop("data", None)
            return
        root = os.path.abspath(self.coursedir.root)  # processes on this machine share what they read and remember
        sandbox["data"] = os.path.join(root, Sandbox(parent=self).data)
        self._config.setdefault("Judge", {})["verdicts"] = os.path.join(root, self.verdicts)
        self.pool = self.pool or Pool(self.jobs, self._config)

    def convert_notebooks(self):
        """Grade all submissions; called by nbgrader's application."""
        names = [n.rsplit(".", 1)[-1] if isinstance(n, str) else n.__name__ for n in self.autograde_preprocessors]
        if "Judge" not in names:
            self.log.error(
                "nbgrader_config.py has none of the kit's settings. This puts them in: python -m autograder add %s",
                self.coursedir.assignment_id,
            )
            raise NbGraderException("no Judge")
        before = names.index("Judge") + 1
        self._finishing = self.autograde_preprocessors[before:]
        self.skipped, self.failed, self.graded, self.held, self.repaired = [], {}, [], [], []
        self.not_gradable = {
            os.path.basename(os.path.dirname(folder)): why for folder, why in self.exporter.left_out.items()
        }
        self._course_name, self._course_bytes = self._pack_course()
        submissions = [self._submission(folder) for folder in sorted(self.assignments)]
        todo = [s for s in submissions if self._wanted(s)]
        self.skipped = [s.names["student"] for s in submissions if s not in todo]
        with Progress("grading", len(todo)) as self._progress:
            if todo:
                self._run(todo)

    def _run(self, todo):
        self._unfinished, self._futures, self._attempts, self._suspects = {}, {}, {}, []
        self._executor, width = self._make_executor()
        try:
            for submission in todo:
                self._prepare(submission)
                while len(self._futures) >= AHEAD * width or self._suspects:
                    self._collect()
            while self._futures or self._suspects:
                self._collect()
        except BaseException:
            for submission in self._unfinished.values():
                self._remove(submission)
            raise
        finally:
            self._close_executor()

    _client = None  # of Dask
    pool = None  # processes on this machine, which whoever calls this ends

    def _make_executor(self):
        if self.scheduler:
            from distributed import Client

            self._client = Client(self.scheduler)
            return self._client.get_executor(pure=False), max(1, sum(self._client.nthreads().values()))
        self.pool.warm()
        return self.pool, self.pool.width

    def _close_executor(self):
        for future in self._futures:
            future.cancel()
        if self._client:
            self._executor.shutdown()
            self._client.close()

    # -------------------------------------------------------------- one submission

    def _submission(self, folder):
        resources = self.init_single_notebook_resources(sorted(self.assignments[folder])[0])
        return Submission(folder, resources["nbgrader"], sorted(self.assignments[folder]))

    def _wanted(self, submission):
        self.notebooks = submission.notebooks
        return self.init_destination(submission.names["assignment"], submission.names["student"])

    def _prepare(self, submission):
        """All that nbgrader does before a notebook is run; then the notebooks are handed to workers."""
        assignment, student = submission.names["assignment"], submission.names["student"]
        self.notebooks = list(submission.notebooks)
        self._unfinished[student] = submission
        try:
            self.run_pre_convert_hook()
            self.init_assignment(assignment, student)
            submission.notebooks = self.notebooks
            self._sanitizing = True
            self._init_preprocessors()
            for path in self.notebooks:
                super(Autograde, self).convert_single_notebook(path)
            graded = self._format_dest(assignment, student)
            files, _ = pack(graded, ["*.ipynb"], EVERYTHING)
            submission.waiting, config = len(self.notebooks), self._config if self.scheduler else None
            for path in self.notebooks:
                notebook = Path(graded, os.path.basename(path)).read_bytes()
                names = {**submission.names, "notebook": Path(path).stem}
                self._submit(submission, Task(names, notebook, files, self._course_name, b"", config))
        except Exception as error:
            self._fail(submission, error)

    def _submit(self, submission, task):
        try:
            self._futures[self._executor.submit(execute_and_judge, task)] = submission, task
        except RuntimeError as error:
            self._fail(submission, error)

    def _collect(self):
        """Take what has been judged, and record it. Where a worker has died, each notebook that may be the cause is given
        to one alone."""
        if not self._futures:
            self._submit(*self._suspects.pop(0))
        alone = len(self._futures) == 1
        done, _ = concurrent.futures.wait(self._futures, return_when=concurrent.futures.FIRST_COMPLETED)
        for future in done:
            submission, task = self._futures.pop(future)
            if submission.names["student"] not in self._unfinished:
                continue  # its other notebook has failed
            try:
                notebook, seconds = future.result()
            except CourseFilesWanted:
                task.course_files = self._course_bytes
                self._submit(submission, task)
                continue
            except (concurrent.futures.BrokenExecutor, concurrent.futures.CancelledError) as error:
                self._again(submission, task, error, alone)
                continue
            except Exception as error:
                self._fail(submission, error)
                continue
            submission.seconds += seconds
            submission.results[task.names["notebook"]] = notebook
            submission.waiting -= 1
            if not submission.waiting:
                self._record(submission)

    def _again(self, submission, task, error, alone):
        """A worker has died: its notebook is tried once more."""
        key = (submission.names["student"], task.names["notebook"])
        self._attempts[key] = self._attempts.get(key, 0) + alone
        if self._attempts[key] == ATTEMPTS:
            self._fail(submission, error)
            return
        task.course_files = self._course_bytes
        self._suspects.append((submission, task))

    def _record(self, submission):
        """What nbgrader does with a notebook that has been run: above all, it saves the grades."""
        assignment, student = submission.names["assignment"], submission.names["student"]
        self.exporter._preprocessors = []
        for preprocessor in self._finishing:
            self.exporter.register_preprocessor(preprocessor)
        self.notebooks = submission.notebooks
        self._sanitizing, reasons, repaired = False, [], False
        try:
            for path in submission.notebooks:
                resources = self.init_single_notebook_resources(
                    os.path.join(self._format_source(assignment, student), os.path.basename(path))
                )
                nb = nbformat.reads(submission.results[Path(path).stem].decode(), as_version=4)
                reasons.append(why_unreadable(nb))
                repaired |= any(cell.get("id") == NOTE_ID for cell in nb.cells[:1])
                self.held += [(student, verdict) for _, verdict in verdicts_in(nb.cells) if verdict["held"]]
                output, resources = self.exporter.from_notebook_node(nb, resources)
                self.write_single_notebook(output, resources)
            self.set_permissions(assignment, student)
            self._sanitizing = True
            self.run_post_convert_hook()
        except Exception as error:
            self._fail(submission, error)
            return
        finally:
            self._sanitizing = True
        del self._unfinished[student]
        if all(reasons):
            self.not_gradable[student] = reasons[0]
        else:
            self.graded.append((submission.seconds, student))
            self.repaired += [student] * repaired
        self._progress.advance()

    def _fail(self, submission, error):
        if submission.names["student"] not in self._unfinished:
            return  # its other notebook has failed
        self.log.debug("%s failed", submission.folder, exc_info=error)
        self.failed[submission.names["student"]] = f"{type(error).__name__}: {error}"
        del self._unfinished[submission.names["student"]]
        self._remove(submission)
        self._progress.advance()

    def _remove(self, submission):
        """Half a result must not count as one."""
        graded = self._format_dest(submission.names["assignment"], submission.names["student"])
        if os.path.exists(graded):
            rmtree(graded)

    # -------------------------------------------------------------- the course

    def _pack_course(self):
        """What workers need of the course, as a tar archive, and a name that changes with its content."""
        packed, source = io.BytesIO(), Path(self.coursedir.source_directory, self.coursedir.assignment_id)
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for path in sorted([*source.glob("exercises/*"), *source.glob("hidden/*"), *Path("data").glob("*.h5")]):
                entry = archive.gettarinfo(path, str(path if path.parts[0] == "data" else Path("source", *path.parts[-3:])))
                entry.mtime = 0
                with open(path, "rb") as file:
                    archive.addfile(entry, file)
        content = packed.getvalue()
        return hashlib.sha256(content).hexdigest(), content
