"""The class report: `python -m autograder report ASSIGNMENT` writes one HTML page, and the same as CSV and JSON.

It reads what grading has left: verdicts from the autograded notebooks, scores from nbgrader's gradebook.
"""

import datetime
import io
import json
import re
from collections import Counter
from pathlib import Path

import jinja2
from nbgrader.api import Gradebook, MissingEntry

from .. import KitError
from ..grading.judge import verdicts_in
from ..grading.pages import NOTE_ID
from ..grading.source import source_in
from ..model.text import CONTROL
from .application import application, groups_in
from .export import points_by_cell, scores_of
from .files import when_complete
from .summary import summarize
from .tables import write_table

UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)  # what a spoiled notebook raises
DAY = datetime.timedelta(days=1)
WIDTH, HEIGHT = 640, 130  # of the histogram, in pixels


def report(assignment, target=None):
    """Write ASSIGNMENT_report.html, .csv and .json in the current folder's course; the path of the page. Raises KitError."""
    app = application()
    directory = app.coursedir
    try:
        with Gradebook(directory.db_url, directory.course_id) as gradebook:
            scores, points = scores_of(gradebook, assignment), points_by_cell(gradebook, assignment)
            most = gradebook.find_assignment(assignment).max_score
            everybody = {student.id: name_of(student) for student in gradebook.students}
    except MissingEntry:
        raise KitError(f"There is no assignment {assignment!r} in the gradebook. Is this the course's folder?") from None
    students = [
        read_student(directory, assignment, student, scores[student], points.get(student, {}))
        for student in sorted(scores)
        if Path(directory.format_path(directory.autograded_directory, student, assignment)).is_dir()
    ]
    if not students:
        raise KitError(f"Nothing of {assignment} is graded yet: run `python -m autograder grade {assignment}` first.")
    stubs = source_in(directory, assignment).glob("exercises/*.stub.py")
    handed_out = "".join(path.read_text(encoding="utf-8") for path in sorted(stubs))
    groups = groups_in(app, assignment)
    data = summarize(assignment, students, most, handed_out, everybody.keys() - scores.keys(), groups)
    data["students"] = [
        {**_public(student), **_late(scores[student["student"]]), "name": everybody.get(student["student"], "")}
        for student in students
    ]
    page = Path(target or f"{assignment}_report.html")
    write_all(
        {
            page: render("report.html.j2", **data, histogram=histogram(students, most)),
            page.with_suffix(".json"): json.dumps(data, indent=1),
            page.with_suffix(".csv"): table(students),
        }
    )
    return page


# ------------------------------------------------------------------ reading


def read_student(directory, assignment, student, score, points):
    """What is known of one submission."""
    found = {
        "student": student,
        "score": score["score"],
        "manual": score["needs_manual_grade"],
        "exercises": {},
        "repaired": [],
        "unreadable": [],
        "code": {},
        "points": points,
    }
    folder = Path(directory.format_path(directory.autograded_directory, student, assignment))
    for path in sorted(folder.glob("[!.]*.ipynb")):
        try:
            _read_notebook(json.loads(path.read_text(encoding="utf-8"))["cells"], found)
        except UNREADABLE as error:
            found["unreadable"].append(f"{path.name} cannot be read ({type(error).__name__}); grade this submission again")
    return found


def _read_notebook(cells, found):
    """Add to what is found of a submission what stands in the cells of an autograded notebook."""
    found["exercises"] |= {verdict["exercise"]: verdict for _, verdict in verdicts_in(cells)}
    for cell in cells:
        source = "".join(cell["source"])
        if cell.get("id") == NOTE_ID:
            found["repaired"] += re.findall(r"^- (.*)", source, re.M)
        metadata = cell["metadata"].get("nbgrader", {})
        if metadata.get("solution"):
            found["code"][metadata["grade_id"]] = source


# ------------------------------------------------------------------ writing


def histogram(students, most):
    """How many have how many points, as bars: x, height, label and number."""
    counts = Counter(min(9, int(10 * s["score"] / most)) if most else 0 for s in students)
    top = max(counts.values())
    return [
        {"x": k * WIDTH / 10, "height": HEIGHT * counts[k] / top, "label": f"{most * k / 10:g}", "count": counts[k]}
        for k in range(10)
    ]


def table(students):
    """A row for each student and exercise, as CSV."""
    rows = [["student_id", "exercise", "status", "score", "points", "first finding", "mistake", "held"]]
    for student in students:
        for verdict in student["exercises"].values():
            first = verdict["findings"][0] if verdict["findings"] else {"text": "", "name": ""}
            rows.append(
                [
                    student["student"],
                    *(verdict[key] for key in ("exercise", "status", "score", "points")),
                    first["text"].replace("\n", " | "),
                    first["name"],
                    verdict.get("held", 0),
                ]
            )
    file = io.StringIO()
    write_table(file, rows)
    return file.getvalue()


def name_of(student):
    """The name that the gradebook has of a student, or ""."""
    return ", ".join(part for part in (student.last_name, student.first_name) if part)


def _late(score):
    return {"penalty": score["penalty"], "extension": score["extension"] / DAY if score["extension"] else 0}


def _public(student):
    return {key: value for key, value in student.items() if key != "code"}


def render(template, **data):
    """A page of this folder's templates, with its data, all of it escaped and without control characters."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: CONTROL.sub("", value) if isinstance(value, str) else value,
    )
    return environment.get_template(template).render(**data)


def write_all(files):
    """Write {path: text}, each whole or not at all."""
    for path, text in files.items():
        with when_complete(path) as unfinished:
            unfinished.write_text(text, encoding="utf-8", errors="replace", newline="")
