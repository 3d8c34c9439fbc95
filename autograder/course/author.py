"""For whoever writes an exercise: the verdict on one answer, and what is wrong with an exercise before it is released."""

import fnmatch
import itertools
import shutil
import sys
import tempfile
from pathlib import Path

from nbformat import v4
from nbgrader.utils import is_solution, setenv
from traitlets.config import Config

from .. import KitError
from ..grading.execute import ExecuteByQuestion
from ..grading.judge import Judge, verdicts_in
from ..grading.judging import held_note
from ..grading.repair import original_cells
from ..grading.source import source_in
from ..grading.submissions import is_judged
from ..model.arrays import OTHER_LENGTH, OTHER_SHAPE
from ..model.compare import DifferenceKind
from ..model.exercise import ExerciseError, exercise_name, load_exercise, load_reference
from ..model.verdict import Status
from .application import application

RELATIONS = (OTHER_LENGTH, OTHER_SHAPE, "unlike")  # beside those that the exercise declares


def judge(name, path):
    """Judge one answer to the exercise `name` in a sandbox, as grading does, and print the verdict.

    path: a file with the answer's code, or "-" for stdin. The notebook's other answers are the solutions. Returns the
    verdict's data (see grading.judging.verdict_data). Raises KitError.
    """
    try:
        answer = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KitError(f"{path} cannot be read: {error}. Give a text file with the code of one answer.") from error
    course = _course()
    folder, notebook, own = _find(course, name)
    found = _run(course, folder, notebook, [own], {own: answer})[0]
    show(found)
    return found


def show(found):
    """Print a verdict with the codes of its differences, by which `when` knows them, and the points of each step."""
    print(f"{found['exercise']}: {found['score']:g} of {found['points']:g} points ({found['status']})")
    for finding in found["findings"]:
        print(f"\n{finding['text']}\nCodes:     {', '.join(finding['codes'])}")
    if found["held"]:
        print(f"\n{held_note(found['held'], found['status'])}")
    for note in found["notes"]:
        print(f"\nNote: {note}")
    width = max(len(step["name"]) for step in found["steps"])
    print()
    for step in found["steps"]:
        print(f"{step['name']:{width}}  {step['earned']:g} of {step['points']:g}  {step['state']}  ({step['id']})")


def check(assignment, show=print):
    """Look for what is wrong with the exercises of an assignment before it is released, and show each trouble with its
    mend. Returns the number of troubles. Raises KitError where there is no such assignment."""
    course = _course()
    folder = source_in(course, assignment)
    notebooks = sorted(folder.glob("*.ipynb"))
    if not notebooks:
        raise KitError(f"{folder} holds no notebooks. Name a folder beside it, and run this in the course's folder.")
    return sum(_check_notebook(course, folder, path, show) for path in notebooks)


def _check_notebook(course, folder, path, show):
    """Show what is wrong with a notebook's exercises and, where nothing is, how its solutions are judged."""
    graded = [key for key, cell in original_cells(path).items() if is_judged(path, cell)]
    names = [key.removeprefix("test_") for key in graded]
    troubles = [f"{key}: {trouble}" for key in names for trouble in _troubles(folder, path, key)]
    if not troubles:
        troubles = [
            f"{found['exercise']}: the solution gets {found['score']:g} of {found['points']:g} points. If it is right, "
            f"record it: python -m autograder record {folder.name}"
            for found in _run(course, folder, path, names, {})
            if found["status"] != Status.RIGHT
        ]
    for trouble in troubles:
        show(f"{path.name}, {trouble}")
    if not troubles:
        show(f"{path.name}: nothing wrong with {', '.join(names)}")
    return len(troubles)


# ------------------------------------------------------------------ running


def _course():
    """The nbgrader course of the current folder, as a CourseDirectory with its configuration."""
    return application().coursedir


def _find(course, name):
    """(an assignment's source folder, its notebook, the id of the solution cell) of an exercise. Raises KitError."""
    known = []
    for path in sorted(source_in(course, "*").parent.glob("*/exercises/*.toml")):
        known.append(path.stem)
        if path.stem.lower() == name.lower():
            folder = path.parent.parent
            for notebook in sorted(folder.glob("*.ipynb")):
                for key in original_cells(notebook):
                    if key.lower() == name.lower():
                        return folder, notebook, key
            raise KitError(f"No notebook in {folder} has an answer cell with the grade id {path.stem.lower()}.")
    raise KitError(f"There is no exercise {name!r}; there are {', '.join(known) or 'none'}. Is this the course's folder?")


def _run(course, folder, notebook, names, answers):
    """The verdicts of some exercises after the notebook's first cell, its answers, and their grade cells have run in a
    sandbox. answers: {grade_id: code} in place of solutions. Nothing of the notebook's other cells is run."""
    cells = []
    for key, cell in original_cells(notebook).items():
        if is_solution(cell) or key == "packages" or key in {f"test_{name}" for name in names}:
            cells.append(v4.new_code_cell(answers.get(key, cell.source), metadata=cell.metadata))
    nb = v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    with tempfile.TemporaryDirectory() as place, setenv(NBGRADER_EXECUTION="autograde"):
        shutil.copytree(folder / "exercises", Path(place, "exercises"))
        resources = {"nbgrader": {"assignment": folder.name}, "metadata": {"path": place}}
        config = Config(course.config)
        config.CourseDirectory.root = str(Path(course.root).resolve())
        config.Judge.verdicts = str(Path(place, "verdicts.db"))
        for preprocessor in (ExecuteByQuestion, Judge):
            nb, resources = preprocessor(config=config).preprocess(nb, resources)
    return [data for _, data in verdicts_in(nb.cells)]


# ------------------------------------------------------------------ what may be wrong with an exercise


def _troubles(folder, notebook, key):
    """What is wrong with the exercise of the grade cell test_`key`, each with its mend."""
    cells = original_cells(notebook)
    try:
        exercise = load_exercise(folder, exercise_name(folder, key))
        cases = [load_reference(folder, exercise.name, hidden)["cases"] for hidden in (False, True)]
    except ExerciseError as error:
        yield str(error)
        return
    if key not in cells:
        yield f"there is no answer cell with the grade id {key}."
    points = cells[f"test_{key}"].metadata.nbgrader["points"]
    if abs(points - exercise.points) > 1e-6:
        yield f"its test cell gives {points:g} points, and its steps {exercise.points:g} in all: make them agree."
    for step in exercise.steps:
        if step.points <= 0 or not step.asks:
            yield f"step {step.id} needs points above 0, and `asks`, which tells what the task asks for."
    yield from _unreachable(exercise)
    hidden = [case["case"] for case in cases[1]]
    if not hidden:
        yield "it has no hidden cases: give `check` some between BEGIN HIDDEN TESTS and END HIDDEN TESTS, and record."
    if exercise.kind == "graph":
        yield from _alike(exercise, hidden, [node for case in cases[1] for node in case["graph"].nodes])


def _unreachable(exercise):
    """Named mistakes whose patterns no difference can match."""
    kinds = {*DifferenceKind, *RELATIONS, *exercise.relations}
    steps = [step.id for step in exercise.steps]
    for mistake in exercise.mistakes:
        for pattern in mistake.when:
            kind, _, rest = pattern.partition(":")
            place = rest.split("@")[-1] if kind == DifferenceKind.EXTRA else rest.split(".")[0]
            known = any(fnmatch.fnmatch(each, kind) for each in kinds)
            if not known or (rest and not any(fnmatch.fnmatch(step, place) for step in steps)):
                yield (
                    f"no difference can match {pattern!r} of the mistake {mistake.name!r}: `python -m autograder judge` "
                    "shows the codes of an answer."
                )


def _alike(exercise, cases, nodes):
    """Steps and arguments that no hidden case tells apart: an answer that confuses them would pass."""
    present = {node.step for node in nodes} | {node.padding_step for node in nodes}
    for step in exercise.steps:
        if step.id not in present:
            yield f"no hidden case has the step {step.id}: add a case in which it does something."
    sizes = {}
    for name, kind in exercise.arguments.items():
        values = [case.get(name) for case in cases]
        if kind == "tensor" and all(value[0] == value[1] for value in values if len(value) > 2):
            yield f"in all hidden cases {name} is as high as wide: add one in which it is not."
        parts = exercise.symbols.get(name) if kind == "value" else None
        for k, part in enumerate(parts or [name]):
            sizes[part] = [value[k] if parts and value else value for value in values]
            if len(cases) > 1 and len({str(value) for value in sizes[part]}) == 1:
                yield f"{part} is the same in all hidden cases: an answer that ignores it would pass."
    for (a, first), (b, second) in itertools.combinations(sizes.items(), 2):
        if all(isinstance(x, int) and x == y for x, y in zip(first, second)):
            yield f"{a} and {b} are equal in all hidden cases: an answer that confuses them would pass."
