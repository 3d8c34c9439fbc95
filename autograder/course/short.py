"""A student's results on one page, for mail and for print: `python -m autograder feedback ASSIGNMENT --short`."""

import base64
import fnmatch
import json
from pathlib import Path

from nbgrader.api import Gradebook

from ..grading.judge import verdicts_in
from ..grading.judging import held_note
from ..grading.returned import expand, keep_earlier, read_comments
from .application import application
from .report import UNREADABLE, name_of, render, write_all

PAGE = "feedback.html"
LARGEST = 300_000  # bytes of a page: what would be more is shown without drawings


def write_short(assignment, student=""):
    """Write feedback/STUDENT/ASSIGNMENT/feedback.html for all who are graded, or whose id fits a pattern; how many."""
    app = application()
    directory, pages = app.coursedir, {}
    comments = read_comments(directory.root)
    with Gradebook(directory.db_url, directory.course_id) as gradebook:
        for submission in gradebook.assignment_submissions(assignment):
            name = submission.student.id
            graded = Path(directory.format_path(directory.autograded_directory, name, assignment))
            if graded.is_dir() and fnmatch.fnmatchcase(name, student or "*"):
                folder = Path(directory.format_path(directory.feedback_directory, name, assignment))
                pages[folder / PAGE] = _page(assignment, submission, sorted(graded.glob("[!.]*.ipynb")), comments)
    for path, page in pages.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.read_text(encoding="utf-8") != page:
            keep_earlier(path.parent)
    write_all(pages)
    return len(pages)


def _page(assignment, submission, notebooks, comments):
    found, judged, spoiled = [], set(), []
    for path in notebooks:
        try:
            pairs = [*verdicts_in(json.loads(path.read_text(encoding="utf-8"))["cells"])]
            found += [(verdict, _drawing(cell)) for cell, verdict in pairs]
            judged |= {cell["metadata"]["nbgrader"]["grade_id"] for cell, _ in pairs}
        except UNREADABLE:
            spoiled.append(f"{path.name} cannot be read: ask your instructor to grade it again.")
    grades = [grade for book in submission.notebooks for grade in book.grades if grade.name not in judged]
    data = {
        "assignment": assignment,
        "student": name_of(submission.student) or submission.student.id,
        "score": max(0, submission.score - (submission.late_submission_penalty or 0)),
        "points": submission.max_score,
        "penalty": submission.late_submission_penalty or 0,
        "manual": submission.needs_manual_grade,
        "comments": spoiled
        + [expand(c.comment, comments) for book in submission.notebooks for c in book.comments if c.comment],
        "held_note": held_note,
        "others": [(grade.name, grade.score, grade.max_score, grade.needs_manual_grade) for grade in grades],
    }
    page = render("short.html.j2", results=found, **data)
    if len(page.encode()) > LARGEST:
        page = render("short.html.j2", results=[(verdict, "") for verdict, _ in found], **data)
    return page


def _drawing(cell):
    """The drawing below a verdict as an image's address, or ""."""
    drawings = (output.get("data", {}).get("image/svg+xml") for output in cell["outputs"])
    drawing = "".join(next(filter(None, drawings), ""))
    return drawing and "data:image/svg+xml;base64," + base64.b64encode(drawing.encode()).decode()
