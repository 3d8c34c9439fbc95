"""Run one answer to one exercise in this process, and judge what it hands in."""

import functools
import gc
import json
import linecache
import re
import warnings

import nbformat

from autograder.model.diagnosis import diagnose
from autograder.model.exercise import load_exercise, load_reference
from autograder.model.hand_in import read_hand_in
from autograder.student import tutor
from autograder.student.checks import judge_public_cases, run_case
from tests.helpers.submissions import ASSIGNMENT, ROOT, read_header, solution_cells

FOLDER = ROOT / "source" / ASSIGNMENT

# Python would look through all of TensorFlow, again and again, while networks are built: a quarter of the time.
gc.freeze()
gc.set_threshold(20_000, 20, 20)


def folder_of(name):
    """The assignment's folder that declares the exercise."""
    return next(ROOT.glob(f"source/*/exercises/{name}.toml")).parent.parent


@functools.cache
def _packages(folder):
    """The names that the first cells of an assignment's notebooks import."""
    names = {"__name__": "__main__"}
    for path in folder.glob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        exec(next(c.source for c in cells if c.metadata.get("nbgrader", {}).get("grade_id") == "packages"), names)
    return names


def namespace(*sources, folder=FOLDER):
    """A notebook's names after its first cell, the solutions and `sources` have run."""
    names = dict(_packages(folder))
    for source in [*_solutions(folder), *sources]:
        exec(source, names)
    return names


@functools.cache
def _solutions(folder):
    """The solution cells of an assignment, compiled."""
    return [compile(source, f"<{name}>", "exec") for name, source in solution_cells(folder.name).items()]


@functools.cache
def exercise_of(name):
    return load_exercise(folder_of(name), name)


@functools.cache
def reference_of(name):
    """What is recorded for the hidden cases of an exercise."""
    return load_reference(folder_of(name), name, hidden=True)


def run_answer(exercise, source, filename="answer", others=()):
    """Define the answer and build what it hands in for the hidden cases, as the text that a kernel sends.

    `others` are answers to other exercises, in place of their solutions.
    """
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    names = namespace(*others, folder=folder_of(exercise.name))
    reference = reference_of(exercise.name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a student's code is warned of is no fault of ours
        exec(compile(source, filename, "exec"), names)
        function, how, failures = names[exercise.name], {"weights": exercise.kind == "array"}, set()
        cases = [
            run_case(exercise, function, case["case"], **how, again=number == 0, failures=failures)[0]
            for number, case in enumerate(reference["cases"])
        ]
    return json.dumps({"exercise": exercise.name, "hidden": True, "cases": cases})


def judge_text(exercise, text):
    """The verdict on a hand-in's text; raises HandInError."""
    reference = reference_of(exercise.name)
    return diagnose(exercise, reference, read_hand_in(exercise, reference, text))


def judge_answer(name, source, filename="answer", others=()):
    exercise = exercise_of(name)
    return judge_text(exercise, run_answer(exercise, source, filename, others))


def read_case(path):
    """A file of tests/cases: its verdict and its source. Raises ValueError for first lines that nothing would check."""
    text = path.read_text(encoding="utf-8")
    expected = dict(read_header(text))
    if unknown := set(expected) - {"points", "step", "mistake"}:
        raise ValueError(f"{path}: {sorted(unknown)} is none of points, step and mistake")
    if len(re.findall(r"^# (?:points|step|mistake): ", text, re.M)) > len(expected):
        raise ValueError(f"{path}: a line of the verdict stands below other lines")
    return expected, text


def answer(name, case):
    """A function from tests/cases, or the solution, as a notebook would define it."""
    names = namespace()
    if case:
        path = ROOT / "tests" / "cases" / name / f"{case}.py"
        exec(compile(read_case(path)[1], str(path), "exec"), names)
    return names[name]


def seen(name, case=None):
    """The Verdict, the page and the text that `check` shows for an answer."""
    exercise, function = exercise_of(name), answer(name, case)
    verdict, rows = judge_public_cases(exercise, function, FOLDER)
    code = tutor.student_lines(verdict, function, rows)
    return verdict, tutor.as_html(exercise, verdict, rows, code), tutor.as_text(exercise, verdict, rows, code)


def judged_at_home(name, source, filename):
    """The function that an answer defines, the Verdict on it for the public cases and the rows of the table, as `check` has
    them; the lines of `filename` are the source's."""
    linecache.cache[filename] = len(source), None, source.splitlines(True), filename
    names = namespace(folder=folder_of(name))
    exec(compile(source, filename, "exec"), names)
    return names[name], *judge_public_cases(exercise_of(name), names[name], folder_of(name))
