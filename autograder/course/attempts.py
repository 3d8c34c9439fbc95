"""Which attempt of each student is the best: `python -m autograder attempts ASSIGNMENT`.

All attempts that were kept are graded in a copy of the course, one after another. Nothing is written before --apply.
"""

import shutil
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import nbformat
from sqlalchemy.exc import SAWarning

from .. import KitError
from ..grading.attempts import Attempts
from ..grading.files import TIMESTAMP, Refused, copy_tree
from ..grading.judge import verdicts_in
from .application import application
from .files import run_module
from .regrade import automatic_scores, copy_course, copy_deadlines, penalties_of, run_in


@dataclass
class Attempt:
    """One attempt and its points: those that nobody has to give, late penalty deducted. None where it is not gradable."""

    number: int
    time: str
    points: float | None = None
    held: float = 0.0  # points that a person has to decide about

    def __str__(self):
        said = "not gradable" if self.points is None else f"{self.points:g} points"
        return f"{self.number} ({self.time}) {said}" + (f", {self.held:g} held" if self.held else "")


def attempts(assignment, apply=False, jobs=0):
    """Print the points of all attempts and which one is the best; with `apply`, put it back where another lies, and grade
    the course. Returns {student: the number that counts}. Raises KitError.

    Later ones win over earlier ones with as many points. Where held points decide, nothing is put back.
    """
    warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader's own, of no consequence
    app = application()
    directory = app.coursedir
    kept = kept_in(directory, assignment)
    with tempfile.TemporaryDirectory() as folder:
        found = grade_all(directory, assignment, kept, Path(folder).resolve(), jobs)
    counts = {}
    for student in sorted(found):
        print(f"{student}: {'; '.join(map(str, found[student]))}")
        best, why_not = choose(found[student])
        present = present_of(kept[student])
        if present is None:
            why_not = f"what lies there was not graded yet: python -m autograder grade {assignment}"
        if why_not:
            print(f"    {why_not}")
            continue
        counts[student] = best
        if best != present:
            print(f"    {present} lies there, {best} is better")
            if apply:
                kept[student].put_back(best)
    if apply:
        run_in(Path(directory.root), "autograder", "grade", assignment, "--jobs", str(jobs), shown=True)
    else:
        print("Nothing is written yet. The same command with --apply puts back what is better, and grades it.", flush=True)
    return counts


def kept_in(directory, assignment):
    """{student: Attempts} of those who have more than one. Raises KitError where nobody has."""
    folders = Path(directory.format_path(directory.submitted_directory, "*", assignment)).parent.parent.glob("*/")
    found = {folder.name: Attempts(folder / assignment) for folder in folders}
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
    copy, _ = copy_course(directory, assignment, folder, lambda student: False)
    run_in(copy, "nbgrader", "generate_assignment", assignment, "--force")
    copied, found = (f"sqlite:///{copy}/gradebook.db", directory.course_id), {student: [] for student in kept}
    copy_deadlines((directory.db_url, directory.course_id), copied, assignment)
    for turn in range(max(len(attempts.numbers()) for attempts in kept.values())):
        for part in ("submitted", "autograded"):
            shutil.rmtree(copy / part, ignore_errors=True)
        now = {student: attempts for student, attempts in kept.items() if turn < len(attempts.numbers())}
        print(f"grading attempt {turn + 1} of {len(now)} students in a copy of the course", flush=True)
        for student, attempts in now.items():
            number = attempts.numbers()[turn]
            with attempts.open(number) as submission:
                copy_tree(submission, copy / "submitted" / student / assignment)
                time = (
                    submission.read(TIMESTAMP, 100).decode(errors="replace").strip() if submission.status(TIMESTAMP) else ""
                )
            found[student].append(Attempt(number, time or "no time"))
        run_module(copy, "autograder", "grade", assignment, "--force", "--jobs", str(jobs), shown=True)
        scores, penalties = automatic_scores(*copied, assignment), penalties_of(*copied, assignment)
        for student in now:
            graded = list((copy / "autograded" / student / assignment).glob("*.ipynb"))
            if graded and student in scores:
                attempt = found[student][-1]
                score = sum(score for score, _ in scores[student].values())
                attempt.points = max(0.0, score - penalties[student][0])
                attempt.held = sum(
                    verdict["held"] for path in graded for _, verdict in verdicts_in(nbformat.read(path, 4).cells)
                )
    return found


def choose(found):
    """The number of the best of some attempts, and why a person has to choose, or None."""
    best = max(found, key=lambda attempt: (-1 if attempt.points is None else attempt.points, attempt.number))
    others = [attempt for attempt in found if attempt is not best and attempt.points is not None]
    if any(attempt.held and attempt.points + attempt.held >= best.points for attempt in others):
        return best.number, "held points decide: look at these answers, and put the better attempt back yourself"
    return best.number, None
