"""From differences to findings that a student can act on.

A finding tells where, what the task asked, what the code does and one hint. Numbers are told in the
names of the function's arguments, so that a finding never shows a hidden case: a value is shown only
if it is an argument in every case, or the same in every case.
"""

import fnmatch
from typing import Any

from .compare import Comparison, Difference, DifferenceKind
from .errors import AT_THE_END, RETURNED, STOPPED, WHOLE, error_hint, error_words
from .exercise import Exercise, Step
from .operations import with_article
from .setting_words import setting_words
from .verdict import Finding

MAX_FINDINGS = 20
ALSO = "; also: "
Group = list[tuple[dict[str, Any], Difference]]  # one difference, with each case that shows it


def findings_of(exercise: Exercise, cases: list[dict[str, Any]], comparisons: list[Comparison]) -> list[Finding]:
    """All differences of all cases as findings, in the order of the steps, each told once; no more than MAX_FINDINGS."""
    order = {step.id: number for number, step in enumerate(exercise.steps)}
    by_code: dict[str, Group] = {}
    for case, comparison in zip(cases, comparisons):
        for difference in comparison.differences:
            by_code.setdefault(difference.code, []).append((case["case"], difference))
    findings = _named(exercise, by_code, order) + _unnamed(exercise, by_code)

    def place(finding: Finding) -> tuple[int, int, bool]:
        if finding.error is not None and finding.error.get("type") == "WrongSignature":
            return -1, 0, True  # it explains the others
        stop = finding.codes[0].split(":")[0] == DifferenceKind.STOP
        return int(stop), order[finding.steps[0]], finding.error is not None  # a step that is missing explains an error

    return sorted(findings, key=place)[:MAX_FINDINGS]


def _named(exercise: Exercise, by_code: dict[str, Group], order: dict[str, int]) -> list[Finding]:
    """The mistakes that the exercise knows by name; their differences are taken out of `by_code`."""
    findings = []
    for mistake in exercise.mistakes:
        matches = [fnmatch.filter(by_code, pattern) for pattern in mistake.when]
        if not all(matches):
            continue
        found = {code: by_code[code][0][1].step or "" for match in matches for code in match}
        codes = sorted(found, key=lambda code: (order[found[code]], code))
        steps = _unique(found[code] for code in codes)
        for code in codes:
            by_code.pop(code)
        where, asked = _where(exercise, steps), exercise.step(steps[0]).asks
        findings.append(Finding(codes, steps, where, asked, mistake.says, mistake.hint, mistake.name))
    return findings


def _unnamed(exercise: Exercise, by_code: dict[str, Group]) -> list[Finding]:
    """What has no name, in general words; one mistake that is made in several steps is told once."""
    findings: list[Finding] = []
    told: dict[tuple[str, str, str], Finding] = {}
    for code, group in by_code.items():
        difference = group[0][1]
        found, hint = _words(exercise, group)
        key = (difference.kind, difference.key, found)
        step = exercise.step(difference.step)
        if difference.kind is DifferenceKind.SETTING and key in told:
            finding = told[key]
            finding.codes.append(code)
            finding.steps = _unique([*finding.steps, step.id])
            finding.where = _where(exercise, finding.steps)
            continue
        error = difference.found if isinstance(difference.found, dict) else None
        where, asked = _place(exercise, step, difference, error or {})
        words = hint if error and asked != step.asks else step.hint or hint
        told[key] = Finding([code], [step.id], where, asked, found, words, error=error)
        findings.append(told[key])
    return findings


def _place(exercise: Exercise, step: Step, difference: Difference, error: dict[str, Any]) -> tuple[str, str]:
    """Where a difference is, and what was asked there: at its step, unless an error has to do with no step."""
    if error.get("type") in WHOLE:
        return WHOLE[error["type"]], exercise.signature
    array, at_the_end = exercise.kind == "array", difference.key == AT_THE_END
    if error.get("type") == "WrongResult" and (array or at_the_end):
        return RETURNED, step.asks if array else ""
    if error and at_the_end:
        return AT_THE_END, ""
    if error and array and step is exercise.steps[0]:  # no step is known to be the cause
        return STOPPED, ""
    return _where(exercise, [step.id]), step.asks


def not_judged(exercise: Exercise, names: list[str], steps: list[str]) -> Finding:
    """The finding where the machine cannot judge, because it does not know or cannot evaluate some operations."""
    listed = ", ".join(names[:5]) + (" and others" if len(names) > 5 else "")
    return Finding(
        ["not judged"],
        steps,
        _where(exercise, steps),
        "",
        f"it uses {listed}, which the machine cannot judge here. Nothing is deducted for that: the points of these "
        "steps are held until your instructor has looked at them.",
    )


def _unique(items: Any) -> list[Any]:
    return list(dict.fromkeys(items))


def _where(exercise: Exercise, steps: list[str]) -> str:
    names = [f"{s.path}, {s.name}" if s.path else s.name for s in map(exercise.step, steps)]
    return names[0] if len(names) == 1 else names[0] + ALSO + "; ".join(names[1:])


def _words(exercise: Exercise, group: Group) -> tuple[str, str]:
    """What the code does, and a general hint, for one difference as it shows in one or more cases."""
    kind, key, found = group[0][1].kind, group[0][1].key, group[0][1].found
    if kind is DifferenceKind.SETTING:
        return setting_words(exercise, key, [(case, d.expected, d.found) for case, d in group])
    if kind is DifferenceKind.VALUES:
        return f"the values are {key}.", ""
    if kind in (DifferenceKind.ERROR, DifferenceKind.STOP):
        also = "" if kind is DifferenceKind.ERROR else "also, "
        return also + error_words(found), error_hint(found)
    if kind is DifferenceKind.MISSING and found == "unused":
        return "this step is called, but nothing takes its result.", "Which line computes something, and keeps it nowhere?"
    told, hint = _WORDS[kind]
    name = with_article(found) if kind is DifferenceKind.EXTRA and isinstance(found, str) else found
    return told.format(name=name, step=_step_name(exercise, found)), hint


_WORDS = {
    DifferenceKind.MISSING: (
        "this step is missing.",
        "Go through the steps of the task and through your lines side by side.",
    ),
    DifferenceKind.EXTRA: (
        "there is {name} after this step that the task does not have.",
        "Which line of yours has no counterpart in the steps of the task?",
    ),
    DifferenceKind.ORDER: ("the step is there, but it comes too {name}.", "Compare the order of your lines with the steps."),
    DifferenceKind.SOURCE: ("this path starts {step}.", "From which tensor does this path start in the figure?"),
    DifferenceKind.INPUT: (
        "it is not applied to the result of the step before it, but to the tensor {step}.",
        "Which variable does this line take as its input, and what does that variable hold here?",
    ),
    DifferenceKind.RETURN: (
        "it returns the tensor {step}, not the result of the last step.",
        "Look at the variable in your return statement.",
    ),
    DifferenceKind.UNLIKE: (
        "each step looks right by itself, yet the whole computes something else.",
        "Follow the variables: is each step applied to the result of the one before?",
    ),
}


def _step_name(exercise: Exercise, step_id: object) -> str:
    if step_id == "":
        return "at the input"
    if isinstance(step_id, str) and any(step.id == step_id for step in exercise.steps):
        return f"after: {_where(exercise, [step_id])}"
    return "at a place that the task does not have"
