"""`check`, the one function that the notebooks call. Runs in the kernel, beside the student's code.

For a student it shows, layer by layer, what was expected and what was found, and what to mend.
While nbgrader grades, it only hands in what the student's function builds: no verdict is made here.
"""

import contextlib
import json
import os

from IPython import get_ipython
from IPython.display import display

from ..model import compare
from ..model.blueprint import HAND_IN, HandInError
from ..model.diagnosis import compare_graphs, diagnose
from ..model.exercise import ExerciseError, load_exercise, load_reference
from ..model.graph import Graph, Node
from ..model.hand_in import read_hand_in
from ..model.own import Own
from ..model.verdict import Status, no_verdict
from . import tutor
from .environment import assignment_folder, verify_grader
from .lines import Lines
from .running import run_case
from .values import layer_values


class CheckFailed(AssertionError):
    """Raised by `check` while nbgrader validates; shows as its message alone."""

    def _render_traceback_(self):
        return [f"CheckFailed: {self}"]


def check(function, hidden=None, folder=None):
    """Check one exercise, or hand it in while nbgrader grades.

    function: the student's function; its name is the name of the exercise.
    hidden:   a list of cases (dicts of arguments). They are handed in while nbgrader grades and
              ignored at any other time; students never see them.
    folder:   where the assignment's folder `exercises` is; by default the notebook's.
    Shows a table and, where something differs, what differs first. Returns nothing.
    Raises ExerciseError where the exercise's files are not found.
    """
    verify_grader()
    execution = os.environ.get("NBGRADER_EXECUTION")
    if (hidden is None) == (execution == "autograde") and execution != "record":
        return
    folder = assignment_folder(folder)
    exercise = load_exercise(folder, _name_of(function, folder))
    if execution in ("autograde", "record"):
        cases = exercise.cases if hidden is None else hidden
        hand_in(exercise, function, cases, hidden is not None, with_values=execution == "record")
        return
    verdict, rows = judge_public_cases(exercise, function, folder)
    tutor.show(exercise, verdict, rows, function)
    if execution == "validate" and verdict.status is not Status.RIGHT:
        raise CheckFailed(f"{exercise.name}: {verdict.findings[0].text()}")


def _name_of(function, folder):
    """The exercise's name: the function's own, or the name under which the notebook knows it."""
    names = [getattr(function, "__name__", "")]
    if get_ipython():
        names += [name for name, value in get_ipython().user_ns.items() if value is function]
    for name in names:
        if name.isidentifier() and os.path.exists(os.path.join(folder, "exercises", f"{name}.toml")):
            return name
    known = (
        sorted(f[:-5] for f in os.listdir(os.path.join(folder, "exercises")) if f.endswith(".toml"))
        if os.path.isdir(os.path.join(folder, "exercises"))
        else []
    )
    raise ExerciseError(
        f"There is no exercise called {names[0]!r}. "
        + (
            f"The exercises here are: {', '.join(known)}."
            if known
            else "The folder `exercises` is missing: it belongs beside the notebook, as it was handed out."
        )
    )


# ------------------------------------------------------------------ handing in


def hand_in(exercise, function, cases, hidden, with_values=False):
    """Display what `function` builds for each case, as data of our own MIME type."""
    weights = with_values or exercise.kind == "array"
    failures = set()
    entries = [
        run_case(exercise, function, case, with_values, weights=weights, again=number == 0, failures=failures)[0]
        for number, case in enumerate(cases)
    ]
    handed = payload(exercise, entries, hidden)
    if with_values and exercise.stand_ins and not hidden:
        handed["full"] = run_case(exercise, function, cases[0], True, stand_ins=False)[0]
    display({HAND_IN: json.dumps(handed), "text/plain": f"{exercise.name}: handed in"}, raw=True)


def payload(exercise, entries, hidden=False):
    """What is handed in: the entries that `run_case` gives, one for each case."""
    return {"exercise": exercise.name, "hidden": hidden, "cases": entries}


# ------------------------------------------------------------------ for the student


def judge_public_cases(exercise, function, folder):
    """The verdict on the public cases, and the rows of the table for the first of them.

    They are read and judged as a hand-in is; only the messages of errors are shown as they are.
    """
    reference = load_reference(folder, exercise.name)
    with Lines(function) as lines:
        ran = [
            run_case(exercise, function, case["case"], again=number == 0) for number, case in enumerate(reference["cases"])
        ]
    text = json.dumps(payload(exercise, [entry for entry, _ in ran]))
    try:
        handed = read_hand_in(exercise, reference, text)
    except HandInError as error:
        return no_verdict(exercise, Status.MALFORMED, f"{error}."), []
    for entry, (raw, _) in zip(handed, ran):
        entry["error"] = raw["error"]
    verdict = diagnose(exercise, reference, handed)
    if exercise.kind != "graph":
        return verdict, []
    shown = _case_shown(exercise, verdict, reference, handed)
    case, entry = reference["cases"][shown], handed[shown]
    graph = entry["graph"] or Graph([Node("InputLayer", {}, (), ())], None)
    own = Own(case["graph"], graph, dict(compare.align(case["graph"], graph).pairs))
    rows = tutor.Rows(_rows(exercise, case, own, ran[shown][1], lines))
    rows.own, rows.of = own, f", for {_arguments(case['case'])}" if shown else ""
    return verdict, rows


def _case_shown(exercise, verdict, reference, handed):
    """The number of the case that table and drawing show: the first that has the first finding."""
    code = verdict.findings[0].codes[0] if verdict.findings else None
    for number, (case, entry) in enumerate(zip(reference["cases"], handed)):
        if code in {difference.code for difference in compare_graphs(exercise, reference, case, entry).differences}:
            return number
    return 0


def _arguments(case):
    """The arguments of a case in words."""
    return ", ".join(
        f"{name} of shape {'x'.join(map(str, value))}" if name == "X" else f"{name}={value}" for name, value in case.items()
    )


def _rows(exercise, case, own, tensors, lines):
    """A Row for each operation of the reference."""
    expected, graph, pairs = own.reference, own.graph, own.pairs
    values = {}
    if "values" in case["nodes"][-1] and tensors:
        with contextlib.suppress(Exception):  # of an answer that stops, the part that was built has values, too
            values = layer_values(tensors[0], tensors)["training"]
    rows = []
    for index, node in enumerate(expected.nodes):
        if node.step is None:
            continue
        found = graph.nodes[pairs[index]] if index in pairs else None
        wanted = case["nodes"][index].get("values", {}).get("training", {}).get("entries")
        got = values[found.source]["entries"] if found and values and found.source is not None else None
        places = lines.of(tensors[found.source]) if found and found.source is not None else (None, None)
        rows.append(tutor.Row(exercise.step(node.step), index, node.shape, found and found.shape, wanted, got, *places))
    return rows
