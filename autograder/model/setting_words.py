"""What students are told about a setting that differs, in words and numbers that hold in every case."""

from typing import Any

from .exercise import Exercise
from .operations import with_article

Found = list[tuple[dict[str, Any], Any]]  # a value, with the case that shows it
MAX_SHOWN = 200  # characters of a value

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
    "training": "training={}, fixed",
    "shape": "an input of shape {}",
    "batch_size": "an input of a fixed batch size, {}",
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


def setting_words(exercise: Exercise, key: str, group: list[tuple[dict[str, Any], Any, Any]]) -> tuple[str, str]:
    """What the code does with a setting, and a hint; `group` holds (case, expected, found) for each case that differs."""
    found = _in_symbols(exercise, [(case, value) for case, _, value in group])
    expected = {str(value) for _, value, _ in group}
    first = group[0][2]
    if key == "op":
        return f"there is {with_article(str(first))} in its place.", "Which operation does the task name here?"
    if key == "pads":
        text = f"padding='{first}'" if first in ("same", "valid") else f"zeros around the image: {found or 'other ones'}"
    elif key in ("seed", "initializer"):
        text = f"the kernel is created with {_initializer_words(found, key)}"
    elif key == "shares_weights":
        text = "the same layer object is used a second time, so that two steps share their weights"
    elif key == "changed_weights":
        text = "its weights are given other values after it is built"
    elif found is None:
        follows = "" if len(expected) < 2 else "; it should follow the arguments of the function"
        text = f"{key}: a value that does not fit in every case{follows}"
    else:
        text = _KEYS.get(key, key + "={}").format(found)
    return text + ".", _HINTS.get(key, "")


def _initializer_words(found: str | None, key: str) -> str:
    if key == "seed":
        seed = (found or "").partition("seed=")[2].split(",")[0].rstrip(")")
        return f"seed={seed}" if seed else "no seed"
    if found is None:
        return "another initializer"
    if found == "GlorotUniform()":
        return "no initializer of its own (Keras's default)"
    return f"{found}, whatever initializer the function is given"


def _in_symbols(exercise: Exercise, found: Found) -> str | None:
    """The found value in words that hold in every case, or None where there are none.

    A number that a single case shows could be an argument of that case: it is not told.
    """
    values = [value for _, value in found]
    if len(values) == 1 and any(values[0] == _symbol(exercise, found[0][0], name) for name in _symbol_names(exercise)):
        return None
    if all(isinstance(v, list) and len(v) == len(values[0]) for v in values) and not _equal(values):
        parts = [_in_symbols(exercise, [(c, v[k]) for c, v in found]) for k in range(len(values[0]))]
        known_parts = [part for part in parts if part is not None]
        return f"({', '.join(known_parts)})" if len(known_parts) == len(parts) else None
    for name in _symbol_names(exercise):
        known = [_symbol(exercise, case, name) for case, _ in found]
        if len(values) > 1 and not _equal(values) and None not in known and known == values:
            return name
    if not _equal(values):
        return None
    value = values[0]
    return (f"({', '.join(map(str, value))})" if isinstance(value, list) else str(value))[:MAX_SHOWN]


def _equal(values: list[Any]) -> bool:
    return all(v == values[0] for v in values)


def _symbol_names(exercise: Exercise) -> list[str]:
    names = [name for name, kind in exercise.arguments.items() if kind == "value"]
    return names + [symbol for symbols in exercise.symbols.values() for symbol in symbols]


def _symbol(exercise: Exercise, case: dict[str, Any], name: str) -> Any:
    if name in case:
        return case[name]
    for argument, symbols in exercise.symbols.items():
        if name in symbols and argument in case:
            return case[argument][symbols.index(name)]
    return exercise.defaults().get(name)
