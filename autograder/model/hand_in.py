"""Read what a kernel hands in: hostile text becomes entries with graphs or arrays, or a HandInError."""

import json
import math
import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from .blueprint import HandInError, read
from .exercise import Exercise, case_key
from .graph import UNKNOWN, Graph
from .text import clean, hide, redact

MAX_HAND_IN = 4_000_000  # characters of one exercise's hand-in
MAX_ALL_NODES = 4_000  # of all graphs of a hand-in; a network of 500 layers has 3,000, in three cases and both modes
MAX_NESTING = 40
MAX_DIGITS = 40  # of a number
MAX_VALUES = 10_000  # of an array
MAX_AXES = 4
MAX_VALUE = 1e30


def read_hand_in(exercise: Exercise, reference: dict[str, Any], text: object, hidden: str = "") -> list[dict[str, Any]]:
    """The entries of a hand-in, one per recorded case. Raises HandInError, and nothing else.

    hidden: the hidden parts of the test cells so far, which messages of errors must not repeat.
    """
    payload = parse(text)
    if not isinstance(payload, dict) or not isinstance(payload.get("cases"), list):
        raise HandInError("it holds no cases")
    if payload.get("exercise") != exercise.name:
        raise HandInError("it belongs to another exercise")
    wanted = {case_key(case["case"]) for case in reference["cases"]}
    given = payload["cases"][: len(wanted) + 1]
    keys = [case_key(entry["case"]) for entry in given if isinstance(entry, dict) and isinstance(entry.get("case"), dict)]
    if len(keys) < len(given):
        raise HandInError("a case has no arguments")
    if len(keys) != len(set(keys)) or set(keys) != wanted:
        raise HandInError("the cases are not the ones that the test cell asks for, each once")
    entries = [read_entry(exercise, entry, hidden) for entry in given]
    graphs = [entry[key] for entry in entries for key in ("graph", "training") if entry.get(key)]
    if sum(len(graph.nodes) for graph in graphs) > MAX_ALL_NODES:
        raise HandInError(f"the blueprints have more than {MAX_ALL_NODES} nodes together")
    return entries


def parse(text: object) -> Any:
    """JSON from an untrusted text, with limits on its size, its depth and its numbers. Raises HandInError."""
    if not isinstance(text, str) or len(text) > MAX_HAND_IN:
        raise HandInError("it is not a text of a sensible size")
    depth = 0
    for bracket in re.finditer(r"[\[\]{}]", text):  # brackets inside strings only make it stricter
        depth += 1 if bracket.group() in "[{" else -1
        if depth > MAX_NESTING:
            raise HandInError("it is nested too deep")
    try:
        return json.loads(text, parse_constant=_constant, parse_int=_integer, parse_float=_real)
    except (ValueError, RecursionError) as error:
        if isinstance(error, HandInError):
            raise
        raise HandInError("it is not valid JSON") from error


def _constant(name: str) -> float:
    """Infinity may stand among the settings of an operation; NaN may not."""
    if name == "NaN":
        raise HandInError("it holds NaN")
    return math.inf if name == "Infinity" else -math.inf


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise HandInError(f"it holds a number of more than {MAX_DIGITS} digits")
    return int(digits)


def _real(digits: str) -> float:
    if len(digits) > MAX_DIGITS:
        raise HandInError(f"it holds a number of more than {MAX_DIGITS} digits")
    found = float(digits)
    if math.isinf(found):
        raise HandInError("it holds a number that is too large")
    return found


def read_entry(exercise: Exercise, entry: dict[str, Any], hidden: str) -> dict[str, Any]:
    """One case: {"case", "error", "graph" or "array", "has_training": whether the function has a parameter `training`}, and
    perhaps "training", the graph while training where it is another one. Raises HandInError."""
    found: dict[str, Any] = {"case": entry["case"], "error": read_error(entry.get("error"), hidden, public_names(exercise))}
    found["has_training"] = entry.get("has_training") is True
    if exercise.kind == "array":
        found["array"] = read_array(entry.get("array"))
        nothing = found["array"] is None
    else:
        blueprint = entry.get("blueprint")
        found["graph"] = None if blueprint is None else without_hidden(read(blueprint), hidden, public_names(exercise))
        if isinstance(blueprint, dict) and blueprint.get("training") is not None:  # another graph while training
            found["training"] = without_hidden(read(blueprint["training"]), hidden, public_names(exercise))
        nothing = found["graph"] is None or found["graph"].output is None
    if nothing and found["error"] is None:
        raise HandInError("a case has neither a result nor an error")
    return found


def read_array(value: object) -> Any:
    """An array as a number or as lists of numbers, or None. Raises HandInError."""
    if value is None:
        return None
    flat, axes = [value], 0
    while any(isinstance(item, list) for item in flat):
        axes += 1
        flat = [part for item in flat for part in (item if isinstance(item, list) else [item])]
        if axes > MAX_AXES or len(flat) > MAX_VALUES:
            raise HandInError(f"the array has more than {MAX_VALUES} numbers, or more than {MAX_AXES} axes")
    if not all(isinstance(v, (int, float)) and not isinstance(v, bool) and abs(v) < MAX_VALUE for v in flat):
        raise HandInError("the array is not a list of finite numbers")
    try:
        np.array(value, dtype=float)
    except ValueError as error:
        raise HandInError("the rows of the array have different lengths") from error
    return value


def read_error(error: object, hidden: str = "", public: Iterable[str] = ()) -> dict[str, Any] | None:
    """The error that stopped the code: its type, message and line, fit to be shown. Raises HandInError."""
    if error is None:
        return None
    if not isinstance(error, dict):
        raise HandInError("an error is not described")
    line, name = error.get("line"), clean(error.get("type"), 80)
    return {
        "type": name if name.isidentifier() else "Exception",
        "message": redact(clean(error.get("message"), 300), hidden, public),
        "line": line if isinstance(line, int) and 0 < line < 10_000 else None,
        "code": hide(clean(error.get("code"), 200), hidden, public),
    }


def without_hidden(graph: Graph, hidden: str, public: Iterable[str] = ()) -> Graph:
    """The graph, whose names and settings, which findings show, do not repeat the hidden tests. Mere words stay."""

    def shown(value: Any) -> Any:
        if isinstance(value, str) and not re.fullmatch(r"[\w.]*", value):
            return hide(value, hidden, public)
        if isinstance(value, (list, tuple)):
            return type(value)(map(shown, value))
        return {key: shown(item) for key, item in value.items()} if isinstance(value, dict) else value

    for node in graph.nodes:
        if node.op.startswith(UNKNOWN):
            node.op = UNKNOWN + shown(node.op.removeprefix(UNKNOWN))
        node.settings = shown(node.settings)
    return graph


def public_names(exercise: Exercise) -> list[str]:
    """The names that students know from the task, and that are no secret though the hidden tests use them."""
    return [exercise.name, *re.findall(r"[A-Za-z_]\w*", exercise.signature), *exercise.arguments, *exercise.stand_ins]
