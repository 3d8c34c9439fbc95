"""All assignments of a course on one page: `python -m autograder report` without an assignment."""

import io
import statistics
from pathlib import Path

from nbgrader.api import Gradebook

from .. import KitError
from .application import application
from .export import scores_of
from .report import name_of, render, write_all
from .summary import LITTLE, named
from .tables import write_table


def overview(target=None):
    """Write course_report.html and .csv in the current folder's course; the path of the page. Raises KitError."""
    app = application()
    directory = app.coursedir
    with Gradebook(directory.db_url, directory.course_id) as gradebook:
        scores = {assignment.name: scores_of(gradebook, assignment.name) for assignment in gradebook.assignments}
        points = {assignment.name: assignment.max_score for assignment in gradebook.assignments}
        names = {student.id: name_of(student) for student in gradebook.students}
    if not any(scores.values()):
        raise KitError("Nothing is graded yet: run `python -m autograder grade --all` first. Is this the course's folder?")
    assignments = [_assignment(name, points[name], scores[name], len(names)) for name in sorted(scores)]
    students = [_student(student, names[student], [scores[name] for name in sorted(scores)]) for student in sorted(names)]
    page = Path(target or "course_report.html")
    course = directory.course_id or Path(directory.root).name
    data = {"course": course, "advice": _advice(assignments, students), "assignments": assignments, "students": students}
    write_all({page: render("overview.html.j2", **data), page.with_suffix(".csv"): _table(assignments, students)})
    return page


def _assignment(name, points, scores, count):
    found = [score["score"] for score in scores.values()]
    return {
        "name": name,
        "points": points,
        "submitted": len(found),
        "missing": count - len(found),
        "mean": statistics.mean(found) if found else None,
        "median": statistics.median(found) if found else None,
        "manual": sum(score["needs_manual_grade"] for score in scores.values()),
    }


def _student(student, name, scores):
    found = [each[student]["score"] if student in each else None for each in scores]
    return {"student": student, "name": name, "scores": found, "total": sum(score or 0 for score in found)}


def _advice(assignments, students):
    """What the class found hardest, whom to talk to, and what to grade by hand."""
    graded = [row for row in assignments if row["submitted"] and row["points"]]
    hardest = min(graded, key=lambda row: row["mean"] / row["points"])
    most = sum(row["points"] for row in graded)
    weak = sorted((row["total"], row["student"]) for row in students if row["total"] < LITTLE * most)
    manual = [f"{row['manual']} of {row['name']}" for row in assignments if row["manual"]]
    return [
        f"Hardest: {hardest['name']}, {hardest['mean'] / hardest['points']:.0%} of its points on average.",
        f"Talk to {named([name for _, name in weak])}, who have less than half of all points."
        if weak
        else "Everybody has at least half of all points.",
        f"Grade by hand: {', '.join(manual)}." if manual else "Nothing waits for a manual grade.",
    ]


def _table(assignments, students):
    """A row for each student, as CSV: empty where nothing was submitted."""
    file = io.StringIO()
    rows = [["student_id", "name", *(row["name"] for row in assignments), "all"]]
    rows += [[row["student"], row["name"], *row["scores"], row["total"]] for row in students]
    write_table(file, rows)
    return file.getvalue()
