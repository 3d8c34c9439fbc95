"""From hand-ins to a verdict: the points of each step, and findings that a student can act on.

A finding tells where, what the task asked, what the code does and one hint. Numbers are told in the
names of the function's arguments, so that a finding never shows a hidden case: a value is shown only
if it is an argument in every case, or the same in every case.
"""

import fnmatch
import re
from dataclasses import dataclass, field

import numpy as np

from .compare import Comparison, Difference, compare
from .exercise import case_key

# Of float32 gradients, relative to the largest entry; measured figures in docs/quality.md.
ARRAY_TOLERANCE = 1e-3


@dataclass
class Finding:
    """One thing to mend. `steps` are the ids of the steps that it costs, the first one first."""

    codes: list
    steps: list
    where: str
    asked: str
    found: str
    hint: str = ""
    name: str = ""
    error: dict | None = None  # what the student's code was stopped by, as `checks.describe_error` says it

    def text(self):
        lines = [f"Where:     {self.where}"] + ([f"Mistake:   {self.name}"] if self.name else [])
        lines += [f"The task:  {self.asked}"] * bool(self.asked) + [f"Your code: {self.found}"]
        return "\n".join(lines + ([f"Hint:      {self.hint}"] if self.hint else []))


@dataclass
class Verdict:
    """The judgement of one exercise. `status`: right, wrong, crashed, timed out, out of memory,
    missing (nothing was handed in), malformed, or grader error (not the student's fault)."""

    status: str
    points: float
    earned: dict  # step id: points
    states: dict  # step id: "right", "wrong" or "not reached"
    findings: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    @property
    def score(self):
        return round(sum(self.earned.values()), 6)


def no_verdict(exercise, status, says, hint=""):
    """A verdict without points, for an exercise that could not be compared at all."""
    finding = Finding([status], [step.id for step in exercise.steps], exercise.title, "", says, hint)
    return Verdict(
        status, exercise.points, dict.fromkeys(finding.steps, 0.0), dict.fromkeys(finding.steps, "not reached"), [finding]
    )


def diagnose(exercise, reference, handed):
    """The Verdict on `handed`, a list of one entry per case of the recorded `reference`.

    An entry is {"case": ..., "error": ... or None} with, in a "graph" exercise, "graph" (a Graph or
    None) and, in an "array" exercise, "array" (a list of numbers or None).
    """
    entries = {case_key(entry["case"]): entry for entry in handed}
    compare_case = _compare_graphs if exercise.kind == "graph" else _compare_arrays
    comparisons, notes = [], []
    for case in reference["cases"]:
        entry = entries[case_key(case["case"])]
        comparisons.append(compare_case(exercise, reference, case, entry))
        notes += entry["graph"].notes if entry.get("graph") else []
    if exercise.kind == "array":
        _blame_steps(exercise, reference["cases"], comparisons)
    wrong = {d.step for c in comparisons for d in c.differences if d.kind != "stop"}
    seen = set().union(*(c.seen for c in comparisons))
    states = {s.id: "wrong" if s.id in wrong else "right" if s.id in seen else "not reached" for s in exercise.steps}
    earned = {s.id: s.points if states[s.id] == "right" else 0.0 for s in exercise.steps}
    findings = _findings(exercise, reference["cases"], comparisons)
    crashed = any(d.kind in ("error", "stop") for c in comparisons for d in c.differences)
    status = "right" if not findings else "crashed" if crashed else "wrong"
    return Verdict(status, exercise.points, earned, states, findings, sorted(set(notes)))


# ------------------------------------------------------------------ one case of graphs


def _compare_graphs(exercise, reference, case, entry):
    order = [step.id for step in exercise.steps]
    error = entry["error"]
    if entry["graph"] is None:
        return Comparison([Difference("error", order[0], "", None, error)], set())
    result = compare(case["graph"], entry["graph"], reference.get("blocks"))
    for difference in result.differences:
        if difference.step is None:
            difference.step = order[-1]
    if error is None:
        return result
    # What comes after the last step that was reached is not missing: the code stopped before it.
    last = max((order.index(s) for s in result.seen), default=-1)
    kept = [d for d in result.differences if not (d.kind == "missing" and order.index(d.step) > last)]
    unseen = [s for s in order if s not in result.seen and s not in {d.step for d in kept}]
    kind = "stop" if kept else "error"
    kept.append(Difference(kind, unseen[0] if unseen else order[-1], "", None, error))
    return Comparison(kept, result.seen)


# ------------------------------------------------------------------ one case of arrays


def _compare_arrays(exercise, reference, case, entry):
    everything = {step.id for step in exercise.steps}
    if entry["array"] is None:
        return Comparison([Difference("error", exercise.steps[0].id, "", None, entry["error"])], set())
    relation = array_relation(np.array(case["array"]), np.array(entry["array"], dtype=float), case["case"])
    if relation == "equal":
        return Comparison([], everything)
    step = exercise.relations.get(relation)
    seen = everything if step and relation != "other length" else set()
    return Comparison([Difference(relation, step)], seen)


def array_relation(expected, found, case):
    """How `found` relates to `expected`: "equal", a known relation, or "unlike"."""

    def close(a, b):
        return a.shape == b.shape and bool(np.all(np.abs(a - b) <= ARRAY_TOLERANCE * np.abs(b).max()))

    if found.shape != expected.shape:
        part = found.ndim == 1 and len(found) > len(expected) and _holds_in_order(found, expected)
        return "extra entries" if part else "other length"
    batch = case.get("batch", 1)
    known = {
        "equal": expected,
        "square": expected**2,
        "reversed": expected[::-1],
        "batch times": expected * batch,
        "a batch-th": expected / batch,
        "relative": expected / expected.sum(),
    }
    for name, array in known.items():
        if close(found, array):
            return name
    return "same values" if close(np.sort(found), np.sort(expected)) else "unlike"


def _holds_in_order(found, expected):
    rest = iter(found)
    return all(any(np.isclose(f, e, rtol=ARRAY_TOLERANCE) for f in rest) for e in expected)


def _blame_steps(exercise, cases, comparisons):
    """Charge values that are unlike the expected ones to a step, by which cases show them.

    A step's `blamed_if` names labels of cases: `wrong` that must differ, `right` that must not; and the
    steps that it `hides`, because nothing can be said about them then.
    """
    wrong = {c["case"].get("label") for c, r in zip(cases, comparisons) if r.differences}
    right = {c["case"].get("label") for c in cases} - wrong
    blamed = next(
        (
            s
            for s in exercise.steps
            if s.blamed_if
            and wrong.issuperset(s.blamed_if.get("wrong", []))
            and right.issuperset(s.blamed_if.get("right", []))
        ),
        None,
    )
    for comparison in comparisons:
        for difference in comparison.differences:
            if difference.step is None:
                difference.step = (blamed or exercise.steps[0]).id
                hidden = blamed.blamed_if.get("hides", []) if blamed else [s.id for s in exercise.steps]
                comparison.seen = {s.id for s in exercise.steps} - set(hidden)


# ------------------------------------------------------------------ findings


def _findings(exercise, cases, comparisons):
    """All differences of all cases as findings, in the order of the steps, each told once."""
    order = [step.id for step in exercise.steps]
    by_code = {}
    for case, comparison in zip(cases, comparisons):
        for difference in comparison.differences:
            by_code.setdefault(difference.code, []).append((case["case"], difference))
    findings = []
    for mistake in exercise.mistakes:
        matches = [fnmatch.filter(by_code, pattern) for pattern in mistake.when]
        if all(matches):
            codes = sorted(
                {code for match in matches for code in match}, key=lambda code: (order.index(by_code[code][0][1].step), code)
            )
            steps = _unique(by_code.pop(code)[0][1].step for code in codes)
            findings.append(
                Finding(
                    codes,
                    steps,
                    _where(exercise, steps),
                    exercise.step(steps[0]).asks,
                    mistake.says,
                    mistake.hint,
                    mistake.name,
                )
            )
    told = {}
    for code, group in by_code.items():
        difference = group[0][1]
        found, hint = _words(exercise, group)
        key = (difference.kind, difference.key, found)
        if difference.kind == "setting" and key in told:  # one mistake, made in several steps
            finding = told[key]
            finding.codes.append(code)
            finding.steps = _unique([*finding.steps, difference.step])
            finding.where = _where(exercise, finding.steps)
            continue
        step = exercise.step(difference.step)
        told[key] = Finding(
            [code],
            [step.id],
            _where(exercise, [step.id]),
            step.asks,
            found,
            step.hint or hint,
            error=difference.found if isinstance(difference.found, dict) else None,
        )
        findings.append(told[key])
    late = {"stop": 1}
    return sorted(findings, key=lambda f: (late.get(f.codes[0].split(":")[0], 0), order.index(f.steps[0])))


def _unique(items):
    return list(dict.fromkeys(items))


def _where(exercise, steps):
    names = [f"{s.path}, {s.name}" if s.path else s.name for s in map(exercise.step, steps)]
    return names[0] if len(names) == 1 else f"{names[0]}; the same in: " + "; ".join(names[1:])


def _words(exercise, group):
    """What the code does, and a general hint, for one difference as it shows in one or more cases."""
    kind, key = group[0][1].kind, group[0][1].key
    if kind == "setting":
        return _setting_words(exercise, key, group)
    found = group[0][1].found
    name = _operation_name(found) if isinstance(found, str) else ""
    step = _step_name(exercise, found) if kind in ("source", "return", "input") else ""
    return {
        "missing": ("this step is missing.", "Go through the steps of the task and through your lines side by side."),
        "extra": (
            f"there is a {name} after this step that the task does not have.",
            "Which line of yours has no counterpart in the steps of the task?",
        ),
        "order": (f"the step is there, but it comes too {found}.", "Compare the order of your lines with the steps."),
        "source": (f"this path starts {step}.", "From which tensor does this path start in the figure?"),
        "input": (
            f"it is not applied to the result of the step before it, but to the tensor {step}.",
            "Which variable does this line take as its input, and what does that variable hold here?",
        ),
        "return": (
            f"it returns the tensor {step}, not the result of the last step.",
            "Look at the variable in your return statement.",
        ),
        "unlike": (
            "each step looks right by itself, yet the whole computes something else.",
            "Follow the variables: is each step applied to the result of the one before?",
        ),
        "error": (_error_words(found), _error_hint(found)),
        "stop": (f"because of the above, it stops here: {_error_words(found)}", "Mend the finding above first."),
    }.get(kind, (f"the values are {kind}.", ""))


def _step_name(exercise, step_id):
    if step_id is None:
        return "at a place that the task does not have"
    if step_id == "":
        return "at the input"
    return f"after: {_where(exercise, [step_id])}"


def _operation_name(op):
    return op.removeprefix("block:").lstrip("?")


def _error_words(error):
    if not isinstance(error, dict):
        return "it stops with an error."
    if error.get("type") == "WrongResult":
        return f"{error.get('message', '')}."
    where = f", in line {error['line']} of the function: `{error['code']}`" if error.get("code") else ""
    return f"it stops with {error.get('type', 'an error')}: {error.get('message', '')}{where}"


# What usually causes an error in these exercises: words of its type and message, and a hint. The first that fits counts.
_CAUSES = [
    ("NotImplementedError", "This exercise is still to be written from here on."),
    ("WrongResult", "What does the task ask the function to return, and what stands in your return statement?"),
    (
        "incompatible shapes|[Bb]roadcast",
        "The two tensors that meet here have different shapes. Print both: is it the "
        "number of channels (then look at the filters) or the height and width (then look at stride and padding)?",
    ),
    (
        "KerasTensor (cannot be used|is symbolic)",
        "This tensor has no values yet: it stands for any input. Functions of tf and "
        "np need values; which Keras layer does the same?",
    ),
    (
        "Unrecognized keyword|unexpected keyword",
        "One argument of this call has a name that the layer does not know. "
        "Compare its spelling with the documentation of the layer.",
    ),
    (
        "argument must be a tuple",
        "An argument stands in the place of another one. In which order does this layer take its arguments?",
    ),
    ("NoneType", "Something here is None. Which function did you call last, and does it return its result?"),
    (
        "missing .* argument|positional argument|multiple values",
        "Count the arguments of this call, and compare their order with the function's definition.",
    ),
    ("initializer", "What is handed over as the initializer: a function, or what it returns when it is called?"),
    (
        "negative|<= ?…|<= ?0|not be less than|too small",
        "Nothing is left of the picture here. Which step before it shrinks it, and by how much should it?",
    ),
    ("ndim", "This layer expects another number of axes. Print the shape: is something flattened too early or too late?"),
    ("kernel_size|strictly positive|filters", "Which argument is the number of filters, and which the size of the window?"),
    ("TrackedList|not subscriptable|unpack", "Which argument is a list, and which a single number?"),
    ("UnboundLocalError|NameError", "Is the name spelled as in the cells above, and assigned before it is used?"),
    ("TypeError", "Look at the order and the number of the arguments in that line."),
    ("ValueError", "Print the shapes of the tensors just before that line: do they fit?"),
    ("RecursionError", "Which function calls itself here, and should it?"),
]


def _error_hint(error):
    if not isinstance(error, dict):
        return ""
    said = f"{error.get('type')}: {error.get('message')}"
    return next((hint for pattern, hint in _CAUSES if re.search(pattern, said)), "")


_KEYS = {
    "filters": "filters={}",
    "units": "units={}",
    "kernel_size": "kernel_size={}",
    "strides": "strides={}",
    "dilation_rate": "dilation_rate={}",
    "pool_size": "pool_size={}",
    "axis": "axis={}",
    "f": "f={}",
    "s": "s={}",
    "groups": "groups={}",
    "training": "training={}, fixed for good",
    "shape": "an input of shape {}",
}
_HINTS = {
    "seed": "Every kernel is created with a seed, so that a run can be repeated.",
    "initializer": "The function is given an initializer: is it the one that creates this kernel?",
    "training": "Keras itself tells BatchNormalization whether the model trains: leave that to it.",
    "pads": "How large is the output of this step, and how large should it be?",
    "strides": "By how much does this step shrink the picture, and which step should do so?",
    "filters": "How many channels does this step put out?",
    "axis": "Which axis holds the channels?",
    "kernel_size": "How large a window does this step look through?",
}


def _setting_words(exercise, key, group):
    found = _in_symbols(exercise, [(case, d.found) for case, d in group])
    expected = [d.expected for _, d in group]
    if key == "op":
        return f"there is a {_operation_name(group[0][1].found)} in its place.", "Which operation does the task name here?"
    if key == "pads":
        style = group[0][1].found
        text = f"padding='{style}'" if style in ("same", "valid") else f"zeros around the picture: {found or 'other ones'}"
    elif key in ("seed", "initializer"):
        text = f"the kernel is created with {_initializer_words(found, key)}"
    elif key == "shares_weights":
        text = "the same layer object is used a second time, so that two steps share their weights"
    elif found is None:
        text = f"{key}: a value that does not fit in every case" + (
            "" if len({str(e) for e in expected}) < 2 else "; it should follow the arguments of the function"
        )
    else:
        text = _KEYS.get(key, key + "={}").format(found)
    return text + ".", _HINTS.get(key, "")


def _initializer_words(found, key):
    if key == "seed":
        seed = (found or "").partition("seed=")[2].split(",")[0].rstrip(")")
        return f"seed={seed}" if seed else "no seed"
    if found is None:
        return "another initializer"
    if found == "GlorotUniform()":
        return "no initializer of its own (Keras's default)"
    return f"{found}, whatever initializer the function is given"


def _in_symbols(exercise, found):
    """The found value in words that hold in every case, or None where there are none.

    A number that a single case shows could be an argument of that case: it is not told.
    """
    values = [value for _, value in found]
    if len(values) == 1 and any(values[0] == _symbol(exercise, found[0][0], name) for name in _symbol_names(exercise)):
        return None
    if all(isinstance(v, list) and len(v) == len(values[0]) for v in values) and not _equal(values):
        parts = [_in_symbols(exercise, [(c, v[k]) for c, v in found]) for k in range(len(values[0]))]
        return None if None in parts else f"({', '.join(parts)})"
    for name in _symbol_names(exercise):
        known = [_symbol(exercise, case, name) for case, _ in found]
        if len(values) > 1 and not _equal(values) and None not in known and known == values:
            return name
    if not _equal(values):
        return None
    value = values[0]
    return f"({', '.join(map(str, value))})" if isinstance(value, list) else str(value)


def _equal(values):
    return all(v == values[0] for v in values)


def _symbol_names(exercise):
    names = [name for name, kind in exercise.arguments.items() if kind == "value"]
    return names + [symbol for symbols in exercise.symbols.values() for symbol in symbols]


def _symbol(exercise, case, name):
    if name in case:
        return case[name]
    for argument, symbols in exercise.symbols.items():
        if name in symbols and argument in case:
            return case[argument][symbols.index(name)]
    return None
