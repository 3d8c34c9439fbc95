"""What a regrade would change: `python -m autograder regrade ASSIGNMENT`, after tests, points or references were changed.

The class is graded once more in a copy of the course. Nothing is written before --apply.
"""

import contextlib
import glob
import shutil
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry, Student
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_grade
from sqlalchemy.exc import SAWarning

from .. import KitError
from ..grading.files import Refused, copy_tree, open_folder
from ..grading.groups import copy_mark
from ..grading.repair import original_cells
from ..grading.source import names_in, source_in
from .application import application
from .files import run_module
from .report import read_student

# The copy's own files and database, whatever the course's configuration says.
OVERRIDES = """
c.CourseDirectory.root = {root!r}
c.CourseDirectory.db_url = "sqlite:///" + {root!r} + "/gradebook.db"
c.SubmissionExporter.keep_attempts = False
for part in ("source", "release", "submitted", "autograded", "feedback"):
    setattr(c.CourseDirectory, part + "_directory", part)
"""
ALONE = "c.SubmissionExporter.groups = {}\n"  # nobody gets a copy of another one's
PENALTY = "late penalty"


@dataclass
class Change:
    """One question of one student that gets another score, or a late penalty (below 0) that changes."""

    student: str
    cell: str  # or PENALTY
    before: float  # the automatic score in the gradebook
    after: float
    kept: float  # a manual score, which a regrade keeps; or None
    why: str


def regrade(assignment, apply=False, jobs=0):
    """Print whose grade changes, by how much and why; with `apply`, regrade the course. Returns the changes.

    Raises KitError.
    """
    warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader's own, of no consequence
    app = application()
    directory = app.coursedir
    before = automatic_scores(directory.db_url, directory.course_id, assignment)
    if not before:
        raise KitError(f"Nothing of {assignment} is graded yet: run `python -m autograder grade {assignment}`.")
    verify_cells(directory, assignment)
    with tempfile.TemporaryDirectory() as folder:
        copy, refused = copy_course(directory, assignment, Path(folder).resolve())
        run_in(copy, "nbgrader", "generate_assignment", assignment, "--force")
        own, copied = (directory.db_url, directory.course_id), (f"sqlite:///{copy}/gradebook.db", directory.course_id)
        prepare_gradebook(own, copied, assignment)
        show_points(points_of(*own, assignment), points_of(*copied, assignment))
        print(f"grading {len(before)} submissions in a copy of the course", flush=True)
        run_in(copy, "autograder", "grade", assignment, "--jobs", str(jobs), shown=True)
        after = automatic_scores(*copied, assignment)
        show_missing(before, after, refused)
        changes = compare(before, after, lambda student: first_findings(copy, assignment, student))
        changes += compare_penalties(penalties_of(*own, assignment), penalties_of(*copied, assignment))
    show(sorted(changes, key=lambda change: (change.after - change.before, change.student)), len(before), apply)
    if apply:
        root = Path(directory.root)
        _generate(root, Path(directory.format_path(directory.release_directory, ".", assignment)), assignment)
        run_in(root, "autograder", "grade", assignment, "--force", "--jobs", str(jobs), shown=True)
    return changes


def verify_cells(directory, assignment):
    """Raise KitError if the source has other graded cells than the gradebook: nbgrader cannot change submitted ones."""
    with Gradebook(directory.db_url, directory.course_id) as gradebook:
        there = {cell.name for notebook in gradebook.find_assignment(assignment).notebooks for cell in notebook.grade_cells}
    cells = [cell for path in source_in(directory, assignment).glob("*.ipynb") for cell in original_cells(path).items()]
    now = {name for name, cell in cells if is_grade(cell)}
    if there != now:
        told = [
            f"{word} {', '.join(sorted(names))}"
            for word, names in (("added", now - there), ("removed", there - now))
            if names
        ]
        raise KitError(
            f"Graded cells were {' and '.join(told)} since {assignment} was released. nbgrader cannot change those of an "
            "assignment that has submissions: put them back as they were, or make a new assignment. Nothing was changed."
        )


def _generate(root, release, assignment):
    """Generate the assignment again; release/ stays as it was where that fails."""
    with tempfile.TemporaryDirectory(dir=root) as folder:
        if release.is_dir():
            shutil.copytree(release, Path(folder, "release"))
        try:
            run_in(root, "nbgrader", "generate_assignment", assignment, "--force")
        except KitError:
            if release.is_dir():
                shutil.rmtree(release)
            if Path(folder, "release").is_dir():
                shutil.copytree(Path(folder, "release"), release)
            raise


def copy_course(directory, assignment, folder, empty=False):
    """A course of its own with the same assignment and submissions, or without them and without groups; its folder, and
    {student: why theirs is not in it}."""
    root = Path(directory.root)
    shutil.copytree(directory.format_path(directory.source_directory, ".", assignment), folder / "source" / assignment)
    refused = {} if empty else _copy_submissions(directory, assignment, folder)
    if (root / "data").is_dir():
        (folder / "data").symlink_to((root / "data").resolve())
    config = root / "nbgrader_config.py"
    text = config.read_text(encoding="utf-8") if config.exists() else "c = get_config()\n"
    beside = f"import sys\nsys.path.append({str(root)!r})\n"  # a course's own plugins
    (folder / config.name).write_text(beside + text + OVERRIDES.format(root=str(folder)) + ALONE * empty, encoding="utf-8")
    return folder, refused


def _copy_submissions(directory, assignment, folder):
    """Copy all submissions into another course's folder, with the marks of groups; {student: why theirs is not copied}."""
    refused, names = {}, names_in(directory, assignment)
    for path in Path(directory.format_path(directory.submitted_directory, "*", "*")).parent.parent.glob(
        f"*/{glob.escape(assignment)}"
    ):
        target = folder / "submitted" / path.parent.name / assignment
        try:
            with open_folder(path.parent.parent, path.parent.name, assignment) as submission:
                copy_tree(submission, target, first=names)
                copy_mark(path, target)
        except Refused as error:
            refused[path.parent.name] = str(error)
    return refused


def automatic_scores(url, course, assignment):
    """{student: {(notebook, grade cell): (automatic score, manual score)}} of a gradebook."""
    found = {}
    with Gradebook(url, course) as gradebook, contextlib.suppress(MissingEntry):
        for submission in gradebook.assignment_submissions(assignment):
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    if grade.auto_score is not None:
                        scores = found.setdefault(submission.student.id, {})
                        scores[notebook.name, grade.name] = grade.auto_score, grade.manual_score
    return found


def first_findings(course, assignment, student):
    """{grade cell: the first finding in one line} of a graded submission."""
    read = read_student(
        CourseDirectory(root=str(course)), assignment, student, {"score": 0, "needs_manual_grade": False}, {}
    )
    return {
        f"test_{name.lower()}": (
            verdict["findings"][0]["text"].replace("\n", "; ")
            if verdict["findings"]
            else "all steps are right: the points have changed"
        )
        for name, verdict in read["exercises"].items()
    }


def compare(before, after, findings):
    """The changes of those who were graded both times."""
    changes = []
    for student, cells in before.items():
        if student not in after:
            continue
        why = None
        for cell in sorted({*cells, *after[student]}):
            old, manual = cells.get(cell, (0.0, None))
            new = after[student].get(cell, (0.0, None))[0]
            if old != new:
                why = findings(student) if why is None else why
                name = cell[1]
                changes.append(Change(student, name, old, new, manual, why.get(name.lower(), "this question is gone")))
    return changes


def prepare_gradebook(own, copied, assignment):
    """Give the copy's gradebook the class list, the due date and the extensions of the course's own; both as (URL, course's
    name)."""
    with Gradebook(*own) as gradebook, Gradebook(*copied) as copy:
        copy.update_or_create_assignment(assignment, duedate=gradebook.find_assignment(assignment).duedate)
        for student in gradebook.students:
            names = {name: getattr(student, name) for name in ("id", "first_name", "last_name", "email")}
            copy.db.merge(Student(**names))
        for submission in gradebook.assignment_submissions(assignment):
            if submission.extension:
                copy.update_or_create_submission(assignment, submission.student_id).extension = submission.extension
        copy.db.commit()


def points_of(url, course, assignment):
    """{(notebook, grade cell): the points that it has} in a gradebook."""
    with Gradebook(url, course) as gradebook:
        notebooks = gradebook.find_assignment(assignment).notebooks
        return {(notebook.name, cell.name): cell.max_score for notebook in notebooks for cell in notebook.grade_cells}


def show_points(before, after):
    """Print which questions have other points now."""
    for cell in before:
        if cell in after and after[cell] != before[cell]:
            print(f"{cell[1].removeprefix('test_')} is worth {after[cell]:g} points now, {before[cell]:g} before")


def show_missing(before, after, refused):
    """Print who is not graded again, and why; refused: {student: why}."""
    for student in sorted((before.keys() - after.keys()) | refused.keys()):
        why = refused.get(student, "there is no submission that can be graded; see above")
        grade = "the grade that is there stays" if student in before else "there is no grade"
        print(f"{student} is not graded again, {grade}: {why}")


def penalties_of(url, course, assignment):
    """{student: (the late penalty in points, what it follows from)} in a gradebook."""
    found = {}
    with Gradebook(url, course) as gradebook, contextlib.suppress(MissingEntry):
        for submission in gradebook.assignment_submissions(assignment):
            more = f", an extension of {submission.extension}" if submission.extension else ""
            why = f"due {submission.assignment.duedate} UTC{more}, submitted {submission.timestamp} UTC"
            found[submission.student.id] = submission.late_submission_penalty or 0.0, why
    return found


def compare_penalties(before, after):
    """The changes of late penalties, as points below 0."""
    return [
        Change(student, PENALTY, 0 - penalty, 0 - after[student][0], None, after[student][1])
        for student, (penalty, _) in before.items()
        if student in after and after[student][0] != penalty
    ]


def show(changes, count, applied):
    """Print the changes."""
    losing = {change.student for change in changes if change.after < change.before}
    changed = {change.student for change in changes}
    print(f"{count} submissions, {len(changed)} with another score or penalty, {len(losing)} of them lose points")
    for change in changes:
        kept = f" (a score given by hand stays: {change.kept:g})" if change.kept is not None else ""
        print(
            f"  {change.student}: {change.cell.removeprefix('test_')} {change.before:g} -> {change.after:g}{kept}\n"
            f"      {' '.join(change.why.split())}"
        )
    print(
        "Now the course is regraded."
        if applied
        else "Nothing is written yet. The same command with --apply regrades the course.",
        flush=True,
    )


def run_in(course, module, *arguments, shown=False):
    """Run a module's command in a course. Raises KitError if it fails."""
    done = run_module(course, module, *arguments, shown=shown)
    if done.returncode:
        raise KitError(f"`{' '.join([module, *arguments])}` failed" + ("" if shown else f":\n{done.stdout[-3000:]}"))
