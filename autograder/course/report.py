"""The class report: `python -m autograder report ASSIGNMENT` writes one HTML page, and the same as CSV and JSON.

It reads what grading has left: verdicts from the autograded notebooks, scores from nbgrader's gradebook.
"""

import ast
import csv
import io
import itertools
import json
import re
import statistics
import time
from collections import Counter
from pathlib import Path

import jinja2
from copydetect.utils import hashed_kgrams, winnow
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.baseapp import NbGrader

from .. import KitError
from ..grading.judge import verdicts_in
from .export import plain, points_by_cell, scores_of

LETTERS, WINDOW = 20, 12  # of winnowing: characters of a passage, and passages of which one is kept
COMMON = 0.1  # passages that more than this part of the class has say nothing
ALIKE, LEAST = 0.6, 8  # part of the rare passages that two submissions share, and how many there must be
REPAIRED = "**Repaired before grading**"
TROUBLE = (
    "crashed",
    "timed out",
    "out of memory",
    "too much output",
    "too many processes",
    "unreadable",
    "malformed",
    "grader error",
)
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
    stubs = Path(directory.format_path(directory.source_directory, ".", assignment)).glob("exercises/*.stub.py")
    data = summarize(assignment, students, most, "".join(path.read_text(encoding="utf-8") for path in sorted(stubs)))
    page = Path(target or f"{assignment}_report.html")
    page.write_text(_template().render(**data, histogram=histogram(students, most)), encoding="utf-8")
    page.with_suffix(".json").write_text(json.dumps({**data, "students": [_public(s) for s in students]}, indent=1))
    page.with_suffix(".csv").write_text(table(students), encoding="utf-8", newline="")
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
        "code": {},
        "points": points,
    }
    folder = Path(directory.format_path(directory.autograded_directory, student, assignment))
    for path in sorted(folder.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        found["exercises"] |= {verdict["exercise"]: verdict for _, verdict in verdicts_in(cells)}
        for cell in cells:
            source = "".join(cell["source"])
            if cell["cell_type"] == "markdown" and source.startswith(REPAIRED):
                found["repaired"] += re.findall(r"^- (.*)", source, re.M)
            metadata = cell["metadata"].get("nbgrader", {})
            if metadata.get("solution"):
                found["code"][metadata["grade_id"]] = source
    return found


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
            {"student": s["student"], "exercise": v["exercise"], "status": v["status"], "says": _found(v)}
            for s, v in verdicts
            if v["status"] in TROUBLE
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
                "right": sum(v["status"] == "right" for v in mine) / len(mine),
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
    """A student's code without comments, texts and layout, which could tell whose it is."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and len(body) > 1
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            del body[0]
    return ast.unparse(tree)[:3000]


# ------------------------------------------------------------------ near-duplicates


def near_duplicates(students, handed_out=""):
    """Pairs whose code shares passages that few others have, by winnowing (Schleimer, Wilkerson, Aiken 2003).

    Right answers to one task are alike: a passage that more than a tenth of the class has is not counted, nor what was
    handed out, so that what is left are odd names, comments and turns. It is a reason to look, and no proof of anything.
    """
    common = passages(handed_out, window=1)
    own = {s["student"]: passages("".join(code for _, code in sorted(s["code"].items()))) - common for s in students}
    spread, most = Counter(itertools.chain.from_iterable(own.values())), max(3, COMMON * len(students))
    rare = {name: {passage for passage in mine if spread[passage] <= most} for name, mine in own.items()}
    owners = {}
    for name, mine in rare.items():
        for passage in mine:
            owners.setdefault(passage, []).append(name)
    shared = Counter(pair for names in owners.values() for pair in itertools.combinations(names, 2))
    least = {(a, b): min(len(rare[a]), len(rare[b])) for a, b in shared}
    return sorted(
        (
            {"one": a, "other": b, "passages": number, "part": number / least[a, b]}
            for (a, b), number in shared.items()
            if number >= LEAST and number >= ALIKE * least[a, b]
        ),
        key=lambda pair: (-pair["passages"], pair["one"]),
    )[:50]


def passages(code, window=WINDOW):
    """The fingerprints of some code, whatever its layout."""
    text = re.sub(r"\s+", "", code)
    if len(text) <= LETTERS + window:
        return set()
    return set(map(int, winnow(hashed_kgrams(text, LETTERS), window)[0]))


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
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["student_id", "exercise", "status", "score", "points", "first finding", "mistake"])
    for student in students:
        for verdict in student["exercises"].values():
            first = verdict["findings"][0] if verdict["findings"] else {"text": "", "name": ""}
            writer.writerow(
                [
                    plain(cell)
                    for cell in (
                        student["student"],
                        verdict["exercise"],
                        verdict["status"],
                        verdict["score"],
                        verdict["points"],
                        first["text"].replace("\n", " | "),
                        first["name"],
                    )
                ]
            )
    return file.getvalue()


def _public(student):
    return {key: value for key, value in student.items() if key != "code"}


def _template():
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("report.html.j2")
