"""How nbgrader comes to a submission: its folder is looked through before it is copied, its notebooks are read whatever
state they are in, and a submission whose grading was cut off is graded again.

nbgrader_config.py names the exporter, which nbgrader makes when `autograde` starts. It takes part in the run of the
converter that made it: before a submission is copied (`_begin`), and when it is graded (`_finish`).
"""

import datetime
import fnmatch
import glob
import os
import re
import shutil
from pathlib import Path

from nbconvert.exporters import NotebookExporter
from nbgrader.converters.base import NbGraderException
from nbgrader.utils import is_grade, is_solution
from traitlets import Bool, Dict

from ..model.exercise import ExerciseError
from ..sandbox import SandboxError
from ..sandbox.bubblewrap import Sandbox
from ..sandbox.warm import warm_parent
from . import nbgrader_patches
from .attempts import Attempts
from .files import DIGEST, TIMESTAMP, Refused, bring_back, digest_of, lock, open_folder, why_no_name, why_no_time
from .finding import find_notebooks
from .gradebook import deadlines, extend, forget_time, strangers, submitters, verify_gradebook
from .groups import Sharing, groups_of
from .helper import Helper, NoAnswer
from .judging import has_exercise, load_for
from .reading import KIT, Unreadable
from .repair import original_cells, read_notebook, unreadable_notebook
from .set_aside import SetAside
from .source import expected_in, names_in, source_in

MARKUP = re.compile(r"""[<>"`\\]""")  # nbgrader's pages write a student's id as it is

_held = {}  # descriptors that hold the marks of what this process is grading, by the submitted folder


class SubmissionExporter(NotebookExporter):
    """nbgrader's exporter for autograde, with a tolerant reader. When it is made, it makes sure that grading can begin:
    there is a sandbox, the gradebook can be written to, no half-graded submission counts as graded, and no folder of a
    student's is a link."""

    extensions = Dict(
        help=(
            "Days after the due date that some students have for an assignment, also before they submit: "
            "{'residual_networks': {'jdoe': 2}}"
        )
    ).tag(config=True)
    groups = Dict(help="Who submit an assignment together: {'residual_networks': [['jdoe', 'mroe'], ['anna', 'bert']]}").tag(
        config=True
    )
    keep_attempts = Bool(False, help="Whether earlier attempts are kept, for `python -m autograder attempts`").tag(
        config=True
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.sandbox, self.helper = Sandbox(parent=self), Helper(parent=self)
        try:
            self.sandbox.verify()
            self._extensions = self._read_extensions()
            groups = groups_of(self.groups, self.parent.coursedir.assignment_id)
            verify_gradebook(self.parent.coursedir)
            if self.parent.assignments:
                if getattr(self.parent, "runs_kernels", True):
                    warm_parent(self.sandbox)  # it imports TensorFlow while this process goes on
                _verify_exercises(self._source())
        except (NbGraderException, SandboxError, ExerciseError) as error:
            self.log.error("%s", error)
            raise NbGraderException(str(error)) from error
        self._notes, self._graded, self._deadlines = {}, {}, deadlines(self.parent.coursedir, self._extensions)
        self.left_out = {}  # folders that are not graded: why
        self._grouped = {student for group in groups for student in group}
        self._names = names_in(self.parent.coursedir, self.parent.coursedir.assignment_id)
        self._sharing = Sharing(self._submitted(), self.parent.coursedir.assignment_id, self._names, self.log)
        for path in Path(self._submitted()).glob(f"*/.{glob.escape(self.parent.coursedir.assignment_id)}.old"):
            bring_back(path.with_name(self.parent.coursedir.assignment_id))
        self._sharing.share(groups)
        self.notes = [*self._sharing.notes, *self._doubts()]
        self._add_folders_without_notebooks()
        self._leave_out_strange_folders()
        self._remove_unfinished()
        self._take_part()

    def _read_extensions(self):
        """{student: the extension that the configuration grants} for the assignment. Raises NbGraderException."""
        days = self.extensions.get(self.parent.coursedir.assignment_id, {})
        try:
            if numbers := [student for student in days if not isinstance(student, str)]:
                raise TypeError(f"{numbers[0]} is a number, and a student's id a text: '{numbers[0]}'")
            return {student: datetime.timedelta(days=number) for student, number in days.items()}
        except (AttributeError, TypeError, ValueError, OverflowError) as error:
            raise NbGraderException(f"c.SubmissionExporter.extensions: {{student: days}} is expected ({error})") from None

    def _doubts(self):
        """What may be a slip in the configuration or in submitted/, in words."""
        directory, found = self.parent.coursedir, []
        there = {path.name for path in source_in(directory, ".").iterdir()}
        for setting, students in (("groups", self._grouped), ("extensions", self._extensions)):
            said = [f"there is no assignment {name!r} in source/" for name in getattr(self, setting) if name not in there]
            said += [f"{name} is not in the class list" for name in strangers(directory, students)]
            found += [f"c.SubmissionExporter.{setting}: {text}" for text in said]
        gone = self._students_in("autograded") - self._students_in("submitted")
        if gone and directory.student_id == "*" and (graded := sorted(gone & submitters(directory))):
            found.append(f"no submission is there any more of {', '.join(graded)}: what was graded stays in the gradebook")
        for text in found:
            self.log.warning("%s", text)
        return found

    def _take_part(self):
        """The parent converts with a faster nbgrader, and lets this object prepare each submission. nbgrader's own hooks
        would be the place, but where a hook fails, it goes on and copies what is there."""
        converter = self.parent
        convert, before, after = (
            converter.convert_notebooks,
            converter.run_pre_convert_hook,
            converter.run_post_convert_hook,
        )

        def convert_notebooks():
            with nbgrader_patches.applied():
                convert()

        def run_pre_convert_hook():
            self._begin()
            before()

        def run_post_convert_hook():
            self._finish()
            after()

        converter.convert_notebooks = convert_notebooks
        converter.run_pre_convert_hook = run_pre_convert_hook
        converter.run_post_convert_hook = run_post_convert_hook

    def _students_in(self, part):
        """Who has a folder for the assignment in this part of the course."""
        directory = self.parent.coursedir
        place = Path(directory.root, getattr(directory, f"{part}_directory"))
        return {path.parent.name for path in place.glob(f"*/{glob.escape(directory.assignment_id)}")}

    def _submitted(self):
        return os.path.join(self.parent.coursedir.root, self.parent.coursedir.submitted_directory)

    def _source(self):
        """The folder of the assignment's solution notebooks."""
        return source_in(self.parent.coursedir, self.parent.coursedir.assignment_id)

    def _open(self, folder):
        """The submitted folder, open. Raises Refused."""
        submitted = self._submitted()
        return open_folder(submitted, *os.path.relpath(folder, submitted).split(os.sep))

    def _add_folders_without_notebooks(self):
        """nbgrader passes over folders in which it finds no notebook. What was meant may lie deeper, or in an archive."""
        coursedir, converter = self.parent.coursedir, self.parent
        if not converter.assignments or coursedir.notebook_id != "*":
            return
        folders = glob.glob(converter._format_source(coursedir.assignment_id, coursedir.student_id))
        more = [folder for folder in folders if folder not in converter.assignments]
        converter.assignments.update(expected_in(coursedir, coursedir.assignment_id, more))

    def _leave_out_strange_folders(self):
        for folder in list(self.parent.assignments):
            try:
                if reason := why_no_name(folder):
                    self._leave_out(folder, reason, "")
                    continue
                if MARKUP.search(Path(folder).parent.name):
                    raise Refused('its name holds one of <>"`\\')
                with self._open(folder) as submission:
                    reason = why_no_time(submission)  # nbgrader would read it first, and not grade the submission
                    if reason:
                        SetAside(submission, self.log).take(submission, TIMESTAMP, TIMESTAMP, reason)
            except (Refused, OSError) as error:
                self._leave_out(folder, str(error), ". Replace it with a real folder that holds the files")

    def _leave_out(self, folder, reason, mend):
        self.log.error("%r is not graded: %s%s.", folder, reason, mend)
        self.left_out[folder] = reason
        del self.parent.assignments[folder]

    def _remove_unfinished(self):
        """nbgrader skips what has an autograded folder: remove those that an interrupted command has left."""
        for folder in self.parent.assignments:
            graded = _graded_folder(self.parent, folder)
            marker = _marker(graded)
            if not marker.exists():
                with self._open(folder) as submission:
                    if self._changed(submission, graded):
                        self.log.warning("%s, or its deadline, was changed after it was graded; it is graded again", folder)
                        shutil.rmtree(graded)
            elif (held := _mark(marker)) is not None:  # otherwise another process is grading it
                if os.path.exists(graded):
                    self.log.warning("The grading of %s was interrupted; it is graded again", folder)
                    shutil.rmtree(graded)
                marker.unlink()
                os.close(held)

    def _what_is_graded(self, submission):
        """A text that changes with the submission and its deadline."""
        student = submission.path.parent.name
        return f"{digest_of(submission, self._names)} {self._deadlines.get(student, self._deadlines[''])}"

    def _changed(self, submission, graded):
        """Whether a submission or its deadline is another one than what was graded. Not known where an older kit has graded
        it, and not looked at where one notebook alone is asked for: then nbgrader goes by timestamp.txt."""
        if self.parent.coursedir.notebook_id != "*":
            return False
        try:
            return Path(graded, DIGEST).read_text() != self._what_is_graded(submission)
        except (OSError, Refused):
            return False

    def from_filename(self, filename, resources=None, **kw):
        """Read a submitted notebook, whatever state it is in."""
        path, name = os.path.split(os.path.abspath(filename))
        if not path.startswith(os.path.abspath(self._submitted()) + os.sep):
            return super().from_filename(filename, resources, **kw)
        try:
            with self._open(path) as submission:
                outputs = not self.config.Execute.get("enabled", True)  # --no-execute: they are for who grades by hand
                nb, notes = read_notebook(self.helper, submission, name, outputs)
            notes = self._notes.get(filename, []) + notes
            if notes:
                nb.metadata[KIT] = {"repaired": notes}
        except (Unreadable, NoAnswer, Refused) as error:
            self.log.error("%s cannot be read: %s", filename, getattr(error, "details", error))
            nb = unreadable_notebook(error)
        resources["metadata"] = {"name": os.path.splitext(name)[0], "path": path}
        return self.from_notebook_node(nb, resources=resources, **kw)

    def _begin(self):
        """Mark the submission as being graded, set aside what must not be copied, and find notebooks that were renamed.
        The list of paths that nbgrader is going to grade is changed in place."""
        notebooks, source = self.parent.notebooks, self._source()
        folder = Path(notebooks[0]).parent
        expected = {path.name: original_cells(path) for path in source.glob("*.ipynb")}
        student, copied = folder.parent.name, None
        with self._open(folder) as submission:
            _held[folder] = _mark(_marker(_graded_folder(self.parent, str(folder))))
            if student in self._grouped or self._sharing.concerns(student):
                copied = self._sharing.before_grading(student)
            attempts, number = Attempts(folder, self._names), 0
            if self.keep_attempts and copied is None:
                number = attempts.keep(submission)
            if submission.status(TIMESTAMP) is None or not submission.read(TIMESTAMP, 100).strip():
                forget_time(self.parent.coursedir, student)
            own = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
            try:
                refused = SetAside(submission, self.log).take_all(expected, own)
                found = find_notebooks(self.helper, submission, expected, refused, own, self.log)
            finally:  # also if this is interrupted
                self._sharing.after_reading(student, copied)
                if number:
                    attempts.rename(submission, number)
            self._graded[folder] = self._what_is_graded(submission)  # now: until it is graded, another one may come
        if student in self._extensions:
            extend(self.parent.coursedir, student, self._extensions[student])
        wanted = self.parent.coursedir.notebook_id
        self._notes = {str(folder / n): notes for n, notes in found.items() if fnmatch.fnmatch(Path(n).stem, wanted)}
        notebooks[:] = sorted(self._notes)

    def _finish(self):
        """The submission is graded."""
        folder = Path(self.parent.notebooks[0]).parent
        graded, held = _graded_folder(self.parent, str(folder)), _held.pop(folder, None)
        whole = self.parent.coursedir.notebook_id == "*"  # otherwise the next run for all notebooks grades all
        Path(graded, DIGEST).write_text(self._graded.pop(folder, "") if whole else "")
        if held is not None:
            _marker(graded).unlink(missing_ok=True)
            os.close(held)


def _graded_folder(converter, submitted):
    pattern = converter._format_source("(?P<assignment_id>.*)", "(?P<student_id>.*)", escape=True)
    names = re.match(pattern, submitted).groupdict()
    return converter._format_dest(names["assignment_id"], names["student_id"])


def _marker(graded):
    """Where it is marked that a submission is being graded: beside its autograded folder, where no student's files are."""
    return Path(graded).with_name(f".unfinished_{os.path.basename(graded)}")


def _mark(marker):
    """Mark it: the descriptor that holds the mark for as long as this process lives, or None if another process has it."""
    marker.parent.mkdir(parents=True, exist_ok=True)
    return lock(os.open(marker, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644))


def _verify_exercises(source):
    """Raise ExerciseError if a grade cell of the kit's has no exercise, no reference that can be read, or other points than
    the steps of its exercise."""
    for path in sorted(source.glob("*.ipynb")):
        for key, cell in original_cells(path).items():
            if is_judged(path, cell):
                exercise, points = load_for(source, cell).exercise, cell.metadata.nbgrader["points"]
                if abs(points - exercise.points) > 1e-6:
                    raise ExerciseError(
                        f"{path}: the cell {key} gives {points:g} points, and the steps of {exercise.name} in exercises/ "
                        f"{exercise.points:g} in all. Make them agree; if the cell changes, generate the assignment again."
                    )


def is_judged(path, cell):
    """Whether a cell of an assignment's notebook in source/ is a grade cell of the kit's: one that has an exercise or, as
    nbgrader would give it all points, needs one because it calls `check`."""
    if not is_grade(cell) or is_solution(cell):
        return False
    return has_exercise(path.parent, cell) or (
        re.search(r"\bcheck\(", cell.source) is not None and "from autograder import" in path.read_text(encoding="utf-8")
    )
