"""The class report: `python -m autograder report ASSIGNMENT` writes one HTML page, and the same as CSV and JSON.

It reads what grading has left: verdicts from the autograded notebooks, scores from nbgrader's gradebook.
"""

import ast
import io
import json
import re
import statistics
import time
import warnings
from collections import Counter
from pathlib import Path

import jinja2
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.baseapp import NbGrader

from .. import KitError
from ..grading.judge import verdicts_in
from ..grading.judging import held_note
from ..grading.pages import NOTE_ID
from ..grading.source import source_in
from ..model.verdict import Status
from .alike import near_duplicates
from .export import points_by_cell, scores_of
from .files import when_complete
from .tables import write_table

TROUBLE = tuple(set(Status) - {Status.RIGHT, Status.WRONG, Status.MISSING, Status.NOT_JUDGED})
MAX_EXAMPLE = 20_000  # characters of an answer that is shown as an example
WIDTH, HEIGHT = 640, 130  # of the histogram, in pixels


def report(assignment, target=None):
    """Write ASSIGNMENT_report.html, .csv and .json in the current folder's course; the path of the page. Raises KitError."""
    app = NbGrader()
    app.log_level = 40
    app.initialize([])
    directory = app.coursedir
    try:
        with Gradebook(directory.db_url, directory.course_id) as gradebook:
            scores, points = scores_of(gradebook, assignment), points_by_cell(gradebook, assignment)
            most = gradebook.find_assignment(assignment).max_score
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
    data = summarize(assignment, students, most, "".join(path.read_text(encoding="utf-8") for path in sorted(stubs)))
    page = Path(target or f"{assignment}_report.html")
    for path, text in (
        (page, _template().render(**data, histogram=histogram(students, most))),
        (page.with_suffix(".json"), json.dumps({**data, "students": [_public(s) for s in students]}, indent=1)),
        (page.with_suffix(".csv"), table(students)),
    ):
        with when_complete(path) as unfinished:
            unfinished.write_text(text, encoding="utf-8", errors="replace", newline="")
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
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
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


# ------------------------------------------------------------------ what it says


def summarize(assignment, students, most, handed_out=""):
    """The report's content as plain data. `handed_out` is code that everybody has."""
    scores = [s["score"] for s in students]
    verdicts = [(s, v) for s in students for v in s["exercises"].values()]
    return {
        "assignment": assignment,
        "made": time.strftime("%Y-%m-%d %H:%M"),
        "count": len(students),
        "most": most,
        "mean": statistics.mean(scores),
        "median": statistics.median(scores),
        "full": sum(score >= most for score in scores),
        "exercises": _exercises(verdicts),
        "mistakes": _mistakes(verdicts),
        "hardest": _hardest(verdicts),
        "trouble": [
            *(
                {"student": s["student"], "exercise": "", "status": "not in this report", "says": why}
                for s in students
                for why in s["unreadable"]
            ),
            *(
                {"student": s["student"], "exercise": v["exercise"], "status": v["status"], "says": _found(v)}
                for s, v in verdicts
                if v["status"] in TROUBLE
            ),
        ],
        "held": [
            {"student": s["student"], "exercise": v["exercise"], "says": held_note(v["held"], v["status"])}
            for s, v in verdicts
            if v.get("held")
        ],
        "repaired": [{"student": s["student"], "notes": s["repaired"]} for s in students if s["repaired"]],
        "alike": near_duplicates(students, handed_out),
    }


def _found(verdict):
    """What the code of a verdict's first finding does, in a line."""
    text = verdict["findings"][0]["text"] if verdict["findings"] else ""
    return next((line.removeprefix("Your code: ") for line in text.splitlines() if line.startswith("Your code: ")), "")


def _exercises(verdicts):
    rows = []
    for name in dict.fromkeys(v["exercise"] for _, v in verdicts):
        mine = [v for _, v in verdicts if v["exercise"] == name]
        rows.append(
            {
                "name": name,
                "points": mine[0]["points"],
                "mean": statistics.mean(v["score"] for v in mine),
                "right": sum(v["status"] == Status.RIGHT for v in mine) / len(mine),
                "states": dict(Counter(v["status"] for v in mine).most_common()),
            }
        )
    return rows


def _hardest(verdicts):
    """The steps that cost most points, the worst first."""
    lost, asked, names = Counter(), Counter(), {}
    for _, verdict in verdicts:
        for step in verdict["steps"]:
            key = verdict["exercise"], step["id"]
            names[key] = step["name"]
            asked[key] += 1
            lost[key] += step["earned"] < step["points"]
    return [
        {"exercise": key[0], "step": names[key], "lost": number / asked[key], "count": number}
        for key, number in lost.most_common(12)
        if number
    ]


def _mistakes(verdicts):
    """The mistakes known by name, the most frequent first, each with what was said to one of those who made it."""
    made, example = Counter(), {}
    for student, verdict in verdicts:
        for finding in verdict["findings"]:
            if finding["name"]:
                key = verdict["exercise"], finding["name"]
                made[key] += 1
                example.setdefault(key, (finding["text"], anonymous(_code_of(student, verdict["exercise"]))))
    return [
        {"exercise": key[0], "name": key[1], "count": number, "says": example[key][0], "code": example[key][1]}
        for key, number in made.most_common()
    ]


def _code_of(student, exercise):
    return next((code for name, code in student["code"].items() if name.lower() == exercise.lower()), "")


def anonymous(code):
    """A student's code without comments, texts and layout, which could tell whose it is; "" if it cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the student's code
            tree = ast.parse(code[:MAX_EXAMPLE])
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list) and len(body) > 1 and _is_constant(body[0]):
                del body[0]
        return ast.unparse(tree)[:3000]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""


def _is_constant(statement):
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


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


def _public(student):
    return {key: value for key, value in student.items() if key != "code"}


def _template():
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("report.html.j2")
