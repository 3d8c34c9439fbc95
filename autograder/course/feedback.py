"""Feedback for a whole class at once: `python -m autograder feedback`.

nbgrader's own converter makes the pages, one student after another in each of several processes.
"""

import glob
import os
import re
import time

from nbgrader.apps.generatefeedbackapp import GenerateFeedbackApp
from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import NbGraderException

from .application import application
from .progress import Progress
from .returning import zip_feedback
from .short import PAGE, write_short
from .workers import Pool, each


def feedback(assignment, student="", jobs=0, force=False, short=False, system=""):
    """Make the feedback of an assignment in the course of the current folder, with `short` also the short pages, and the
    archive for a system of returning.SYSTEMS; the exit status of the command. Raises KitError."""
    status = _make_pages(assignment, student, jobs, force)
    if short and status == 0:
        print(f"wrote {write_short(assignment, student)} short pages: feedback/STUDENT/{assignment}/{PAGE}")
    if system and status == 0:
        path, left_out = zip_feedback(assignment, system, short=short)
        print(f"wrote {path}")
        for name, why in left_out.items():
            print(f"    {name} is not in it: {why}")
    return status


def _make_pages(assignment, student, jobs, force):
    started = time.monotonic()
    directory = _make_app(assignment, force).coursedir
    pattern = directory.format_path(directory.autograded_directory, "(?P<student>.*)", re.escape(assignment), escape=True)
    students = sorted(
        re.match(pattern, path)["student"]
        for path in glob.glob(directory.format_path(directory.autograded_directory, student or "*", glob.escape(assignment)))
    )
    if not students:
        print(f"Nothing of {assignment} is graded yet: run `python -m autograder grade {assignment}` first.")
        return 1
    pool, failed, made = Pool(jobs), {}, 0
    with Progress("feedback", len(students)) as progress:
        try:
            for (_, name, _), future in each(pool, make_feedback, [(assignment, name, force) for name in students]):
                try:
                    made += future.result()
                except Exception as error:
                    failed[name] = f"{type(error).__name__}: {error}"
                progress.advance()
        except KeyboardInterrupt:
            pool.shutdown()
            print("Stopped. What was made is kept; the same command goes on with what is left.")
            return 130
        pool.shutdown()
    print(
        f"feedback: made {made}, skipped {len(students) - made - len(failed)} that were made before, failed {len(failed)}, "
        f"in {time.monotonic() - started:.1f} s"
    )
    for name, why in sorted(failed.items()):
        print(f"    {name} has no feedback: {why}")
    return 1 if failed else 0


def make_feedback(assignment, student, force):
    """Make one student's pages; whether there was something to make. Runs in a process of the pool."""
    app = _make_app(assignment, force)
    app.coursedir.student_id = student
    converter = OneStudent(coursedir=app.coursedir, parent=app)
    try:
        converter.start()
    except NbGraderException as error:
        raise RuntimeError(str(error)) from None  # as simple as it must be to reach the other process
    return converter.wanted


class OneStudent(GenerateFeedback):
    """nbgrader's generate_feedback for a student, which tells whether it had something to do."""

    wanted = False

    def init_notebooks(self):
        """Find the student's notebooks; nbgrader takes an id like a[b] for a pattern."""
        folder = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        self.assignments = {folder: sorted(glob.glob(os.path.join(glob.escape(folder), "*.ipynb")))}
        self.notebooks = []
        if not self.assignments[folder]:
            raise NbGraderException(f"{folder} holds no notebook; grade this submission again")

    def init_destination(self, assignment_id, student_id):
        """Whether this submission's feedback is to be made; those that are not are counted."""
        self.wanted = super().init_destination(assignment_id, student_id)
        return self.wanted


def _make_app(assignment, force):
    return application(GenerateFeedbackApp, [f"--assignment={assignment}", *(["--force"] if force else [])])
