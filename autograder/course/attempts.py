"""Which attempt of each student is the best: `python -m autograder attempts ASSIGNMENT`.

All attempts that were kept are graded in a copy of the course, one after another. Nothing is written before --apply.
"""

import contextlib
import shutil
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy.exc import SAWarning

from .. import KitError
from ..grading.attempts import Attempts
from ..grading.files import DIGEST, TIMESTAMP, Refused, copy_tree
from ..grading.judge import verdicts_in
from ..grading.source import names_in
from .application import application, groups_in
from .files import run_module
from .regrade import automatic_scores, copy_course, penalties_of, prepare_gradebook, run_in

BY_HAND = "to have another one count, put it from .ASSIGNMENT.attempts in the place of what lies there, and grade"


@dataclass
class Attempt:
    """One attempt and its points: those that nobody has to give, late penalty deducted. None where grading it failed."""

    number: int
    time: str
    points: float | None = None
    held: float = 0.0  # points that a person has to decide about

    def __str__(self):
        said = "not graded" if self.points is None else f"{self.points:g} points"
        return f"{self.number} ({self.time}) {said}" + (f", {self.held:g} for a person to give" if self.held else "")


def attempts(assignment, apply=False, jobs=0):
    """Print the points of all attempts and which one is the best; with `apply`, put it back where another lies, and grade
    the course. Returns {student: the number that counts}. Raises KitError.

    Later ones win over earlier ones with as many points. Where a person decides, nothing is put back.
    """
    warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader's own, of no consequence
    app = application()
    directory = app.coursedir
    grouped = {student for group in groups_in(app, assignment) for student in group}
    kept = kept_in(directory, assignment)
    with tempfile.TemporaryDirectory() as folder:
        found = grade_all(directory, assignment, kept, Path(folder).resolve(), jobs)
    given, counts = given_by_hand(directory.db_url, directory.course_id, assignment), {}
    for student in sorted(found):
        print(f"{student}: {'; '.join(map(str, found[student]))}")
        best, why_not = choose(found[student])
        present = present_of(kept[student])
        if student in grouped:
            why_not = f"{student} is in a group, whose submissions belong together: {BY_HAND}"
        elif present not in {attempt.number for attempt in found[student]}:
            why_not = f"what lies there was not graded yet, or meanwhile: python -m autograder grade {assignment}"
        elif student in given:
            why_not = f"points were given by hand for the answers that lie there: {BY_HAND}"
        if why_not:
            print(f"    {why_not}")
            continue
        counts[student] = best
        if best != present:
            print(f"    {present} lies there, {best} is better")
            if apply:
                put_back(kept[student], best)
    if apply:
        run_in(Path(directory.root), "autograder", "grade", assignment, "--jobs", str(jobs), shown=True)
    else:
        print("Nothing is written yet. The same command with --apply puts back what is better, and grades it.", flush=True)
    return counts


def kept_in(directory, assignment):
    """{student: Attempts} of those who have more than one. Raises KitError where nobody has."""
    folders = Path(directory.format_path(directory.submitted_directory, "*", assignment)).parent.parent.glob("*/")
    names = names_in(directory, assignment)
    if not names:
        raise KitError(f"There is no assignment {assignment!r} in source/. Is this the course's folder?")
    found = {folder.name: Attempts(folder / assignment, names) for folder in folders}
    several = {student: kept for student, kept in found.items() if len(kept.numbers()) > 1}
    if not several:
        raise KitError(
            f"Nobody has more than one attempt at {assignment} that was kept. From the next grading on, they are kept with "
            "c.SubmissionExporter.keep_attempts = True in nbgrader_config.py."
        )
    return several


def present_of(kept):
    """The number of the attempt that lies there, or None."""
    try:
        return kept.present()
    except (Refused, OSError):
        return None


def grade_all(directory, assignment, kept, folder, jobs):
    """{student: [Attempt, ...]}: one attempt of each student after the other is graded in a copy of the course."""
    copy, _ = copy_course(directory, assignment, folder, empty=True)
    run_in(copy, "nbgrader", "generate_assignment", assignment, "--force")
    copied, found = (f"sqlite:///{copy}/gradebook.db", directory.course_id), {student: [] for student in kept}
    prepare_gradebook((directory.db_url, directory.course_id), copied, assignment)
    for turn in range(max(len(attempts.numbers()) for attempts in kept.values())):
        for part in ("submitted", "autograded"):
            shutil.rmtree(copy / part, ignore_errors=True)
        now = {student: attempts for student, attempts in kept.items() if turn < len(attempts.numbers())}
        print(f"grading attempt {turn + 1} of {len(now)} students in a copy of the course", flush=True)
        for student, attempts in now.items():
            number = attempts.numbers()[turn]
            found[student].append(Attempt(number, copy_attempt(attempts, number, copy / "submitted" / student / assignment)))
        run_module(copy, "autograder", "grade", assignment, "--force", "--jobs", str(jobs), shown=True)
        scores, penalties = automatic_scores(*copied, assignment), penalties_of(*copied, assignment)
        opened = by_hand(*copied, assignment)
        for student in now:
            folder = copy / "autograded" / student / assignment
            if (folder / DIGEST).exists():  # its grading came to an end
                attempt = found[student][-1]
                score = sum(score for score, _ in scores.get(student, {}).values())
                paths = [path for name in kept[student].names if (path := folder / name).is_file()]
                verdicts = [v for path in paths for _, v in verdicts_in(nbformat.read(path, 4).cells)]
                attempt.points = max(0.0, score - penalties[student][0])
                attempt.held = sum(verdict["held"] for verdict in verdicts) + opened[student]
    return found


def copy_attempt(attempts, number, target):
    """Copy a kept attempt; its time, in words. What cannot be read is not copied, and so not graded."""
    try:
        with attempts.open(number) as submission:
            time = submission.read(TIMESTAMP, 100).decode(errors="replace").strip() if submission.status(TIMESTAMP) else ""
            copy_tree(submission, target, first=attempts.names)
            return time or "no time"
    except (Refused, OSError) as error:
        shutil.rmtree(target, ignore_errors=True)
        return f"cannot be read: {error}"


def by_hand(url, course, assignment):
    """{student: the points of the answers that a person has to grade} in a gradebook."""
    with Gradebook(url, course) as gradebook:
        return {
            submission.student.id: sum(
                grade.max_score for notebook in submission.notebooks for grade in notebook.grades if grade.auto_score is None
            )
            for submission in gradebook.assignment_submissions(assignment)
        }


def given_by_hand(url, course, assignment):
    """The students to whom a person has given points, in a gradebook."""
    found = set()
    with Gradebook(url, course) as gradebook, contextlib.suppress(MissingEntry):
        for submission in gradebook.assignment_submissions(assignment):
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            if any(grade.manual_score is not None or grade.extra_credit for grade in grades):
                found.add(submission.student.id)
    return found


def put_back(kept, number):
    """Put an attempt back. Raises KitError if that is not possible."""
    try:
        kept.put_back(number)
    except (Refused, OSError) as error:
        raise KitError(
            f"Attempt {number} cannot be put in the place of {kept.submission}: {error}. Run this again."
        ) from error


def choose(found):
    """The number of the best of some attempts, and why a person has to choose, or None."""
    failed = [str(attempt.number) for attempt in found if attempt.points is None]
    if failed:
        return 0, f"attempt {', '.join(failed)} could not be graded, see above: {BY_HAND}"
    best = max(found, key=lambda attempt: (attempt.points, attempt.number))
    if any(other.held and other.points + other.held >= best.points for other in found if other is not best):
        return best.number, f"points decide that a person gives: {BY_HAND}"
    return best.number, None
