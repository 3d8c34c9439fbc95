"""Grade a whole class at once: `python -m autograder grade`."""

import contextlib
import logging
import os
import time
import warnings
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps.autogradeapp import AutogradeApp
from nbgrader.converters.base import NbGraderException
from sqlalchemy.exc import SAWarning
from traitlets import TraitError

from .. import KitError
from ..grading.judging import held_note
from .application import QUIET, application
from .class_grader import ClassGrader

STOPPED = 130  # exit status after Ctrl-C
WATCH_SECONDS = 0.4  # between two looks at what has been submitted


class GradeApp(AutogradeApp):
    """nbgrader's autograde application, with ClassGrader as its converter."""

    watch = False  # whether it goes on and grades what comes in
    pool = None  # of its workers

    def start(self):
        """Grade the class; called by `python -m autograder grade`. Returns the exit status."""
        super(AutogradeApp, self).start()
        try:
            self.coursedir.assignment_id = self.extra_args[0]
        except TraitError as error:
            raise KitError(str(error)) from None
        try:
            status = self._grade()
            if self.watch and status != STOPPED:
                print("Waiting for what is submitted or changed. Ctrl-C ends this.", flush=True)
                for _ in changes(self._submitted):
                    status = self._grade()
                    if status == STOPPED:
                        break
        except KeyboardInterrupt:  # while it waits
            print("Stopped.")
        finally:
            if self.pool:
                self.pool.shutdown()
        return status

    def _submitted(self):
        """What tells one state of the submitted folders from another."""
        state = []
        for folder in Path(self.coursedir.submitted_directory).glob(f"*/{self.coursedir.assignment_id}"):
            for here, _, names in os.walk(folder):
                for path in (here, *(os.path.join(here, name) for name in names)):
                    with contextlib.suppress(FileNotFoundError):  # it is being replaced
                        status = os.lstat(path)
                        state.append((path, status.st_mtime_ns, status.st_size, status.st_ino))
        return sorted(state)

    def _grade(self):
        converter = ClassGrader(coursedir=self.coursedir, parent=self)
        converter.pool = self.pool
        started = time.monotonic()
        try:
            converter.start()
        except NbGraderException:
            return 1
        except TraitError as error:
            raise KitError(f"nbgrader_config.py: {error}") from None
        except KeyboardInterrupt:
            print("Stopped. What was graded is kept; the same command goes on with what is left.")
            return STOPPED
        finally:
            self.pool = converter.pool
            if hasattr(converter, "graded"):
                summarize(converter, time.monotonic() - started)
        return 1 if converter.failed else 0


def changes(look):
    """Yield whenever what `look` returns has changed and stands still: what is being copied is not complete."""
    known = before = look()
    while True:
        time.sleep(WATCH_SECONDS)
        now = look()
        if now == before != known:
            known = now
            yield
        before = now


def submitted_assignments():
    """The names of the course's assignments of which something was submitted. Raises KitError if there is none."""
    app = application()
    directory = app.coursedir
    with Gradebook(directory.db_url, directory.course_id) as gradebook:
        names = sorted(assignment.name for assignment in gradebook.assignments)
    folder = Path(directory.root, directory.submitted_directory)
    found = [name for name in names if any(path.name == name for path in folder.glob("*/*"))]
    if not found:
        raise KitError(
            f"Nothing was submitted: {folder} holds no folder STUDENT/ASSIGNMENT of an assignment in the gradebook"
            f"{' (' + ', '.join(names) + ')' if names else ''}. Is this the course's folder?"
        )
    return found


def summarize(converter, seconds):
    """Print what became of the class."""
    graded = len(converter.graded)
    repaired = f" ({len(converter.repaired)} of them repaired)" if converter.repaired else ""
    none = f", not gradable {len(converter.not_gradable)}" if converter.not_gradable else ""
    print(
        f"graded {graded}{repaired}{none}, skipped {len(converter.skipped)} that were graded before, "
        f"failed {len(converter.failed)}, in {seconds:.1f} s"
        + (f" ({60 * graded / seconds:.0f} per minute)" if graded else "")
    )
    for student, why in sorted(converter.not_gradable.items()):
        print(f"    {student} is not gradable: {why}")
    for student, why in sorted(converter.failed.items()):
        print(f"    {student} was not graded: {why}")
    for student, verdict in sorted(converter.held, key=lambda found: found[0]):
        print(f"    {student}, {verdict['exercise']}: {held_note(verdict['held'], verdict['status'])}")
    for note in converter.exporter.notes:
        print(f"    {note}")
    slow = sorted(converter.graded, reverse=True)[:3]
    if slow:
        print("slowest: " + ", ".join(f"{student} ({taken:.1f} s)" for taken, student in slow))


def grade(assignment, student="", jobs=0, scheduler="", force=False, verbose=False, watch=False):
    """Grade an assignment in the course of the current folder, and with `watch` also what comes in until Ctrl-C; the exit
    status of the command."""
    warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader's own, of no consequence
    arguments = [assignment, *([f"--student={student}"] if student else []), *(["--force"] if force else [])]
    app = application(GradeApp, arguments, logging.INFO if verbose else QUIET)
    if jobs:
        app.config.ClassGrader.jobs = jobs
    if scheduler:
        app.config.ClassGrader.scheduler = scheduler
    app.watch = watch
    return app.start()
