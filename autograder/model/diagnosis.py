"""From hand-ins to a verdict: the state and the points of each step.

A step is wrong where a difference is charged to it, right where it was seen in a case and nothing was charged. Where the
result depends on an operation that the machine cannot judge, what is not right is held, never deducted.
"""

import fnmatch
from typing import Any

import numpy as np

from .arrays import OTHER_LENGTH, OTHER_SHAPE, array_relation
from .compare import Comparison, Difference, DifferenceKind, compare
from .errors import AT_THE_END
from .exercise import Exercise, case_key
from .findings import findings_of, not_judged
from .verdict import State, Status, Verdict
from .work import Work, bounded

Entry = dict[str, Any]
MAX_WORK, MAX_STEP_WORK = 120_000_000, 60_000_000  # entries computed for one hand-in: about 1 s and 0.5 s
LATE = 0.75  # of the steps: a stop after so many is a consequence of what is wrong before it
STOPPED = (DifferenceKind.ERROR, DifferenceKind.STOP)


def diagnose(exercise: Exercise, reference: dict[str, Any], handed: list[Entry]) -> Verdict:
    """The Verdict on `handed`, a list of one entry per case of the recorded `reference`.

    An entry is {"case": ..., "error": ... or None} with, in a "graph" exercise, "graph" (a Graph or
    None) and, in an "array" exercise, "array" (numbers in lists, or None).
    """
    entries = {case_key(entry["case"]): entry for entry in handed}
    compare_case = compare_graphs if exercise.kind == "graph" else _compare_arrays
    comparisons: list[Comparison] = []
    notes: set[str] = set()
    work = Work(MAX_WORK, MAX_STEP_WORK)
    for case in reference["cases"]:
        entry = entries[case_key(case["case"])]
        with bounded(work):
            comparisons.append(compare_case(exercise, reference, case, entry))
        notes |= set(entry["graph"].notes) if entry.get("graph") else set()
        notes |= _tolerated(exercise, comparisons[-1]) | _older_edition(exercise, entry)
    if exercise.kind == "array":
        _blame_steps(exercise, reference["cases"], comparisons)
    return _verdict(exercise, reference, comparisons, sorted(notes))


def _older_edition(exercise: Exercise, entry: Entry) -> set[str]:
    if not entry.get("has_training"):
        return set()
    return {
        "the function has a parameter `training`, as in an older edition of this assignment; the task's are "
        f"({', '.join(exercise.arguments)}): Keras itself tells BatchNormalization whether the model trains"
    }


def _verdict(exercise: Exercise, reference: dict[str, Any], comparisons: list[Comparison], notes: list[str]) -> Verdict:
    wrong = {d.step for c in comparisons for d in c.differences if d.kind is not DifferenceKind.STOP}
    seen = set().union(*(c.seen for c in comparisons)) - _mostly_not_reached(exercise, comparisons)
    crashed = any(d.kind in STOPPED for c in comparisons for d in c.differences)
    names = list(dict.fromkeys(name for c in comparisons if c.differences for name in c.not_understood))
    other = State.NOT_JUDGED if names else State.WRONG
    states = {s.id: other if s.id in wrong else State.RIGHT if s.id in seen else State.NOT_REACHED for s in exercise.steps}
    if names:
        states = {step: State.NOT_JUDGED if state is State.NOT_REACHED else state for step, state in states.items()}
    earned = {s.id: s.points if states[s.id] is State.RIGHT else 0.0 for s in exercise.steps}
    held = sum(s.points for s in exercise.steps if states[s.id] is State.NOT_JUDGED)
    findings = findings_of(exercise, reference["cases"], comparisons)
    if names:
        stops = [finding for finding in findings if finding.error is not None]
        findings = [not_judged(exercise, names, [s for s, state in states.items() if state is State.NOT_JUDGED]), *stops]
    status = Status.RIGHT if not findings else Status.CRASHED if crashed else Status.WRONG
    return Verdict(Status.NOT_JUDGED if names else status, exercise.points, earned, states, findings, notes, held)


def _mostly_not_reached(exercise: Exercise, comparisons: list[Comparison]) -> set[str]:
    """The steps before which the code stops in more than half of the cases: being right in the others does not earn them.

    Stops after most of the steps do not count: there, a mistake before them makes shapes differ, and is charged already.
    Earlier, an answer could stop at will, and be right in the one case that it knows by heart."""
    order = [step.id for step in exercise.steps]
    times = dict.fromkeys(order, 0)
    for comparison in comparisons:
        stopped = any(d.kind in STOPPED for d in comparison.differences)
        if stopped and len(comparison.seen) < LATE * len(order):
            for step in set(order) - comparison.seen:
                times[step] += 1
    return {step for step in order if 2 * times[step] > len(comparisons)}


def _tolerated(exercise: Exercise, comparison: Comparison) -> set[str]:
    """The notes of the exercise on differences that cost nothing, which are taken out of the comparison."""
    notes = {note.when: note.says for note in exercise.notes}
    told = {d.code: notes.get(f"{d.code}={d.found}") for d in comparison.differences}
    comparison.differences = [d for d in comparison.differences if told[d.code] is None]
    return {says for says in told.values() if says}


# ------------------------------------------------------------------ one case of graphs


def compare_graphs(exercise: Exercise, reference: dict[str, Any], case: dict[str, Any], entry: Entry) -> Comparison:
    """The Comparison of one case of a "graph" exercise; a stop with an error is one of its differences."""
    order = [step.id for step in exercise.steps]
    error = entry["error"]
    if entry["graph"] is None:
        return Comparison([Difference(DifferenceKind.ERROR, order[0], "", None, error)], set())
    result = compare(case["graph"], entry["graph"], reference.get("blocks"))
    if "training" in entry:
        _add_training(result, compare(case["graph"], entry["training"], reference.get("blocks")))
    for difference in result.differences:
        if difference.step is None:
            difference.step = order[-1]
    if error is None:
        return result
    # What comes after the last step that was reached is not missing: the code stopped before it.
    last = max((order.index(s) for s in result.seen), default=-1)
    kept = [
        d for d in result.differences if not (d.kind is DifferenceKind.MISSING and order.index(d.step or order[0]) > last)
    ]
    unseen = [s for s in order if s not in result.seen and s not in {d.step for d in kept}]
    built = entry["graph"].output is not None  # it was not stopped: the error is what its users would meet
    kind = DifferenceKind.STOP if kept and not built else DifferenceKind.ERROR
    kept.append(Difference(kind, unseen[0] if unseen else order[-1], "" if unseen else AT_THE_END, None, error))
    return Comparison(kept, result.seen, result.not_understood)


def _add_training(result: Comparison, training: Comparison) -> None:
    """Add what is different while training to the comparison of the graph in inference."""
    known = {difference.code for difference in result.differences}
    result.differences += [difference for difference in training.differences if difference.code not in known]
    result.seen &= training.seen
    result.not_understood += training.not_understood


# ------------------------------------------------------------------ one case of arrays


def _compare_arrays(exercise: Exercise, reference: dict[str, Any], case: dict[str, Any], entry: Entry) -> Comparison:
    everything = {step.id for step in exercise.steps}
    if entry["array"] is None:
        stopped = _step_of_error(exercise, entry["error"])
        return Comparison([Difference(DifferenceKind.ERROR, stopped, "", None, entry["error"])], set())
    found = np.array(entry["array"], dtype=float)
    relation = array_relation(np.array(case["array"]), found, case["case"])
    last = exercise.steps[-1].id
    trouble = [Difference(DifferenceKind.ERROR, last, "", None, entry["error"])] if entry["error"] else []
    if relation == "equal":
        return Comparison(trouble, everything)
    step = exercise.relations.get(OTHER_LENGTH if relation == OTHER_SHAPE else relation)
    seen = everything if step and relation != OTHER_LENGTH else set()
    return Comparison([Difference(DifferenceKind.VALUES, step, relation, None, list(found.shape)), *trouble], seen)


def _blame_steps(exercise: Exercise, cases: list[dict[str, Any]], comparisons: list[Comparison]) -> None:
    """Charge values that are unlike the expected ones to a step, by which cases show them.

    Each rule of a step's `blamed_if` names labels of cases: `wrong` that must differ, `right` that must not (but for
    a relation that another step is charged for); and the steps that it `hides`, because nothing can be said about them then.
    A case is charged by the first rule that fits and names it, or else by the first that fits.
    """
    wrong = {c["case"].get("label") for c, r in zip(cases, comparisons) if any(d.step is None for d in r.differences)}
    right = {c["case"].get("label") for c in cases} - wrong
    fitting = [
        (step, rule)
        for step in exercise.steps
        for rule in step.blamed_if
        if "error" not in rule and wrong.issuperset(rule.get("wrong", [])) and right.issuperset(rule.get("right", []))
    ]
    for case, comparison in zip(cases, comparisons):
        named = [(step, rule) for step, rule in fitting if case["case"].get("label") in rule.get("wrong", [])]
        for difference in comparison.differences:
            if difference.step is None:
                blamed = next(iter([*named, *fitting]), None)
                difference.step = (blamed[0] if blamed else exercise.steps[0]).id
                hidden = blamed[1].get("hides", []) if blamed else [s.id for s in exercise.steps]
                comparison.seen = {s.id for s in exercise.steps} - set(hidden)


def _step_of_error(exercise: Exercise, error: dict[str, Any]) -> str:
    """The step that an error is charged to: the one that has a rule for its message, or else the first."""
    for step in exercise.steps:
        patterns = [pattern for rule in step.blamed_if for pattern in rule.get("error", [])]
        if any(fnmatch.fnmatchcase(error["message"], pattern) for pattern in patterns):
            return step.id
    return exercise.steps[0].id
