"""Groups that submit together: what one of them has submitted is copied to those who have submitted nothing.

Each has a submission of their own then, and nbgrader and its readers need to know nothing of groups. A mark beside a copy,
where no student's files are, says what was copied: what has other contents is a student's own, and never replaced.
"""

import datetime
import glob
import json
import os
import re
import shutil
from pathlib import Path

from nbgrader.converters.base import NbGraderException
from nbgrader.utils import parse_utc

from .files import TIMESTAMP, Budget, Refused, checksums, entries, open_folder, replace_folder, replace_text, why_no_time

BEGINNING = datetime.datetime.min  # when something was submitted that does not say when
NAME = re.compile(r"""[^./<>"`\\\x00-\x1f\x7f][^/<>"`\\\x00-\x1f\x7f]*""")


def groups_of(settings, assignment):
    """The groups of an assignment, lists of students, from {assignment: groups}. Raises NbGraderException."""
    groups = settings.get(assignment, []) if isinstance(settings, dict) else None
    valid = isinstance(groups, list | tuple) and all(isinstance(group, list | tuple) for group in groups)
    names = [name for group in groups for name in group] if valid else [None]
    if not all(isinstance(name, str) and NAME.fullmatch(name) for name in names):
        raise NbGraderException(f'c.SubmissionExporter.groups: {{"{assignment}": [["jdoe", "mroe"], ...]}} is expected')
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise NbGraderException(f"c.SubmissionExporter.groups: {', '.join(twice)} can be in one group only")
    return groups


class Sharing:
    """The submissions of an assignment, shared in groups.

    submitted: the folder of all submissions. names: those of the assignment's notebooks. log: a logger.
    """

    def __init__(self, submitted, assignment, names, log):
        self.submitted, self.assignment, self.names = Path(submitted), assignment, names
        self.log, self.notes = log, []

    def share(self, groups):
        """Copy the newest submission of each group to those of it who have none, or an older copy."""
        for group in groups:
            try:
                self._share(group)
            except Exception as error:  # one group's trouble is not the class's
                self._say(f"{', '.join(group)} are not graded together: {error}")
        partners = {student: group for group in groups for student in group}
        for mark in self.submitted.glob(f"*/{glob.escape(mark_of(Path(self.assignment)).name)}"):
            student = mark.parent.name
            whose = (self.source_of(student) or [""])[0]
            if whose and whose not in partners.get(student, ()):
                where = mark.parent / self.assignment
                self._say(
                    f"{student} is in no group with {whose} any more, but has a copy of that submission: remove {where}, "
                    "and the grade from the gradebook"
                )

    def _share(self, group):
        own, copied = {}, {}
        for student in group:
            time, contents = self._look(student)
            if source := self.source_of(student):
                copied[student] = source
            elif contents:
                own[student] = time, contents
        if not own:
            return
        newest = max(own, key=lambda student: (own[student][0], student))
        time, contents = own[newest]
        for student in group:
            whose, when, known = copied.get(student, (None, None, ()))
            if student in own and student != newest:
                self._say(
                    f"{student} has submitted, as {newest} of the same group has, and is graded by it. If what {newest} has "
                    f"submitted is to count for {student}, remove {self.submitted / student / self.assignment}."
                )
            elif student != newest and not (whose == newest and when == str(time) and contents <= {*known}):
                self._copy(newest, str(time), contents, student)

    def _look(self, student):
        """When it was submitted, and what it holds, a set; None where there is nothing that can be read."""
        try:
            with self._open(student) as folder:
                return _time_of(folder), _contents_of(folder, self.names)
        except (Refused, OSError):
            return BEGINNING, None

    def _open(self, student):
        return open_folder(self.submitted, student, self.assignment)

    def _mark(self, student):
        return mark_of(self.submitted / student / self.assignment)

    def source_of(self, student):
        """[whose, when, what] lies there as a copy: whose is "" for what grading has put into an empty submission. None
        where there is nothing, or something of the student's own."""
        try:
            whose, when, known = json.loads(self._mark(student).read_text())
            time, contents = self._look(student)
            return [whose, when, known] if contents and contents <= {*known} and when in ("", str(time)) else None
        except (OSError, ValueError, TypeError):
            return None

    def concerns(self, student):
        """Whether a student has a mark, also one of a group that is none any more."""
        return os.path.lexists(self._mark(student))

    def before_grading(self, student):
        """What `after_reading` wants to know."""
        source, (time, contents) = self.source_of(student), self._look(student)
        return source or (["", str(time), []] if contents == set() else None)

    def after_reading(self, student, source):
        """Grading has moved files in a submission, or put some into it: what was a copy, or empty, still is."""
        if source:
            whose, when, known = source
            known = sorted({*known} | (self._look(student)[1] or set()))
            replace_text(self._mark(student), json.dumps([whose, when, known]))

    def _say(self, text):
        self.log.warning("%s", text)
        self.notes.append(text)

    def _copy(self, newest, time, contents, student):
        folder, before = self.submitted / student, self._look(student)[1]
        strange = os.path.lexists(folder) and (folder.is_symlink() or not folder.is_dir())
        if strange or (before is None and os.path.lexists(folder / self.assignment)):
            self._say(f"{student} does not get the submission of {newest}: {folder} is no folder of files")
            return
        folder.mkdir(exist_ok=True)
        mark = self._mark(student)
        replace_text(mark, json.dumps([newest, "", sorted(contents | (before or set()))]))  # whichever of them is there
        with self._open(newest) as source:
            replace_folder(folder / self.assignment, source, self.names)
        replace_text(mark, json.dumps([newest, time, sorted(contents)]))
        self.log.info("%s gets the submission of %s, who is in the same group", student, newest)


def mark_of(submission):
    """The path of the mark beside a submission."""
    return submission.with_name(f".{submission.name}.group")


def copy_mark(submission, target):
    """A copy of a submission is to a group what the submission is."""
    if mark_of(submission).is_file():
        shutil.copyfile(mark_of(submission), mark_of(target))


def _time_of(folder):
    if why_no_time(folder) is None and folder.status(TIMESTAMP):  # it is written as nbgrader reads it
        text = folder.read(TIMESTAMP, 100).decode().strip()
        return parse_utc(text) if text else BEGINNING
    return BEGINNING


def _contents_of(folder, names):
    """The checksums of the files of an open submission, wherever they lie, and the names of what is refused; the time of
    submission is none of them."""
    found = entries(folder, Budget(), names)
    refused = {f"refused: {entry.path}" for entry in found if entry.refused and entry.path != TIMESTAMP}
    return refused | {checksum for checksum, path in checksums(folder, names) if path != TIMESTAMP}
