"""Groups that submit together: what one of them has submitted is copied to those who have submitted nothing.

Each has a submission of their own then, and nbgrader and its readers need to know nothing of groups. A mark beside a copy,
where no student's files are, tells it from what a student has submitted.
"""

import datetime
import json
import os
import shutil
from pathlib import Path

from nbgrader.converters.base import NbGraderException
from nbgrader.utils import parse_utc

from .files import DIGEST, TIMESTAMP, Refused, copy_tree, digest_of, open_folder, why_no_time

BEGINNING = datetime.datetime.min  # when something was submitted that does not say when


def groups_of(settings, assignment):
    """The groups of an assignment, lists of students, from {assignment: groups}. Raises NbGraderException."""
    groups = settings.get(assignment, [])
    valid = isinstance(groups, list) and all(isinstance(group, list) for group in groups)
    names = [name for group in groups for name in group] if valid else [None]
    if not all(isinstance(name, str) and name not in ("", ".", "..") and "/" not in name for name in names):
        raise NbGraderException(f'c.SubmissionExporter.groups: {{"{assignment}": [["jdoe", "mroe"], ...]}} is expected')
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise NbGraderException(f"c.SubmissionExporter.groups: {', '.join(twice)} can be in one group only")
    return groups


class Sharing:
    """The submissions of an assignment, shared in groups.

    submitted: the folder of all submissions. graded: a function that gives a student's autograded folder. log: a logger.
    """

    def __init__(self, submitted, assignment, graded, log):
        self.submitted, self.assignment, self.graded, self.log = Path(submitted), assignment, graded, log

    def share(self, group):
        """Copy the newest submission of a group's members to those who have none, or an older copy."""
        own, copied = {}, {}
        for student in group:
            if os.path.lexists(self.submitted / student / self.assignment):
                try:
                    with self._open(student) as folder:
                        time, digest = _time_of(folder), digest_of(folder)
                except (Refused, OSError):
                    own[student] = BEGINNING, None  # it is named where it is left out
                    continue
                copy_of = self._copy_of(student, digest)
                if copy_of:
                    copied[student] = copy_of
                else:
                    self._mark(student).unlink(missing_ok=True)
                    own[student] = time, digest
        readable = [student for student, (_, digest) in own.items() if digest]
        if not readable:
            return
        newest = max(readable, key=lambda student: (own[student][0], student))
        for student in group:
            if student in own and student != newest:
                self.log.warning(
                    f"{student} has submitted, as {newest} of the same group has, and is graded by it. If what {newest} has "
                    f"submitted is to count for {student}, remove {self.submitted / student / self.assignment}."
                )
            elif student != newest and copied.get(student) != [newest, own[newest][1]]:
                self._copy(newest, own[newest][1], student)

    def _open(self, student):
        return open_folder(self.submitted, student, self.assignment)

    def _mark(self, student):
        return self.submitted / student / f".{self.assignment}.group"

    def _copy_of(self, student, digest):
        """Whose submission, and in which state, a student has a copy of; None if it is the student's own. Grading may move
        files within a submission, so that what was graded is a copy, too."""
        try:
            *source, copy = json.loads(self._mark(student).read_text())
        except (OSError, ValueError):
            return None
        graded = Path(self.graded(student), DIGEST)
        was_graded = graded.exists() and graded.read_text().split(" ")[0] == digest
        return source if copy == digest or was_graded else None

    def _copy(self, newest, digest, student):
        folder = self.submitted / student
        unfinished = folder / f".{self.assignment}.unfinished"
        try:
            folder.mkdir(exist_ok=True)
            shutil.rmtree(unfinished, ignore_errors=True)
            with self._open(newest) as source:
                copy_tree(source, unfinished)
            self._mark(student).write_text(json.dumps([newest, digest, digest]))
            shutil.rmtree(folder / self.assignment, ignore_errors=True)
            unfinished.rename(folder / self.assignment)
            self.log.info(f"{student} gets the submission of {newest}, who is in the same group")
        except (Refused, OSError) as error:
            self.log.error(f"{student} does not get the submission of {newest}, who is in the same group: {error}")


def _time_of(folder):
    if why_no_time(folder) is None and folder.status(TIMESTAMP):
        return parse_utc(folder.read(TIMESTAMP, 100).decode().strip())
    return BEGINNING
