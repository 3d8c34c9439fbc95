"""A model as plain data, and the only way in for one.

A *blueprint* is what student/trace.py records of a Keras functional graph: a JSON object

    {"nodes": [node, ...], "output": index or null}

with the nodes in topological order. Node 0 is the input. A node is

    {"op": class name, "config": {...}, "args": [literal arguments of the call],
     "call": {"training": ...}, "inputs": [indices], "shape": [int or null, ...],
     "layer": number, "places": [position or name of each input among the arguments], "result": number}

Equal "layer" numbers mean that one layer object, with its weights, was called twice. "places" and "result" (which of
several results) are left out where they are plain.

Blueprints arrive from a hostile kernel. `read` is the only way in; it raises HandInError and nothing else. Every text is
cleaned here, and every quantity limited before work is done on it.
"""

import math
from typing import Any

from .graph import Graph
from .normal_form import normalise
from .text import clean

HAND_IN = "application/vnd.residual-networks-kit.hand-in"  # the MIME type in which a kernel hands in
MAX_NODES = 1_000
MAX_EDGES = 4_000  # inputs of all nodes together
MAX_INPUTS = 100  # of one node
MAX_AXES = 8  # of a tensor
MAX_NAME = 80  # characters of an operation's name
MAX_DEPTH = 8  # of a setting
MAX_TEXT = 300  # characters of a setting
MAX_PARTS = 300  # of all settings of one node together
MAX_SIZE = 10**6  # the largest number that a shape may hold
MAX_NUMBER = 3.5e38  # the largest that a setting may hold, above every float32; what has more is infinite for Keras
INFINITIES = ("inf", "-inf")  # how the tracer writes them, since JSON has none


class HandInError(ValueError):
    """A hand-in that is not a blueprint. Its text may be shown to the student."""


def read(data: object) -> Graph:
    """The Graph of a blueprint given as plain JSON data. Raises HandInError."""
    if not isinstance(data, dict) or not isinstance(data.get("nodes"), list):
        raise HandInError("the hand-in holds no blueprint")
    raw = data["nodes"]
    if not 1 <= len(raw) <= MAX_NODES:
        raise HandInError(f"a blueprint has 1 to {MAX_NODES} nodes, not {len(raw)}")
    nodes = [_checked_node(index, node) for index, node in enumerate(raw)]
    edges = sum(len(node["inputs"]) for node in nodes)
    if edges > MAX_EDGES:
        raise HandInError(f"the nodes of a blueprint have at most {MAX_EDGES} inputs together, not {edges}")
    output = data.get("output")
    if output is not None and not (_is_int(output) and 0 <= output < len(nodes)):
        raise HandInError("the output is not one of the nodes")
    try:
        return normalise(nodes, output)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, ZeroDivisionError, OverflowError) as error:
        raise HandInError("a setting of the blueprint has an impossible value") from error


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_SIZE


def _checked_node(index: int, node: Any) -> dict[str, Any]:
    """A copy of a node that holds only what a node may hold, its texts cleaned. Raises HandInError."""
    if not isinstance(node, dict) or not isinstance(node.get("op"), str):
        raise HandInError(f"node {index} has no operation")
    inputs, shape = node.get("inputs"), node.get("shape")
    if not isinstance(inputs, list) or len(inputs) > MAX_INPUTS or not all(_is_int(i) and 0 <= i < index for i in inputs):
        raise HandInError(f"node {index} has an input that does not come before it, or more than {MAX_INPUTS}")
    if (index == 0) != (not inputs):
        raise HandInError("only the first node may be without an input, and it must be")
    if (
        not isinstance(shape, list)
        or not 1 <= len(shape) <= MAX_AXES
        or not all(size is None or (_is_int(size) and size >= 0) for size in shape)
    ):
        raise HandInError(f"node {index} has no valid shape")
    found: dict[str, Any] = {"op": clean(node["op"], MAX_NAME) or "a nameless operation", "inputs": inputs, "shape": shape}
    for key in ("layer", "result"):
        if not (node.get(key) is None or _is_int(node[key])):
            raise HandInError(f"the {key} of node {index} is not a number")
        found[key] = node.get(key)
    places = node.get("places")
    if places is not None:
        if not isinstance(places, list) or len(places) != len(inputs) or not all(map(_is_place, places)):
            raise HandInError(f"the places of the inputs of node {index} are none")
        found["places"] = places
    parts = _Parts(index)
    for key, kind in (("config", dict), ("call", dict), ("args", list)):
        if not isinstance(node.get(key, kind()), kind):
            raise HandInError(f"the {key} of node {index} is not a {kind.__name__}")
        found[key] = parts.checked(node.get(key, kind()), MAX_DEPTH)
    return found


def _is_place(place: object) -> bool:
    return (_is_int(place) and isinstance(place, int) and 0 <= place <= MAX_INPUTS) or (
        isinstance(place, str) and place.isidentifier() and len(place) <= MAX_NAME
    )


class _Parts:
    """Checks the settings of one node, and counts them."""

    def __init__(self, index: int):
        self.index, self.left = index, MAX_PARTS

    def checked(self, value: object, depth: int) -> Any:
        """A copy of plain data, its texts cleaned. Raises HandInError."""
        self.left -= 1
        if depth == 0:
            raise HandInError("a setting is nested too deep")
        if self.left < 0:
            raise HandInError(f"node {self.index} has more than {MAX_PARTS} settings")
        if isinstance(value, list):
            return [self.checked(item, depth - 1) for item in value]
        if isinstance(value, dict):
            return {clean(key, MAX_NAME): self.checked(item, depth - 1) for key, item in value.items()}
        if isinstance(value, str):
            if len(value) > MAX_TEXT:
                raise HandInError("a setting's text is too long")
            return float(value) if value in INFINITIES else clean(value, MAX_TEXT)
        if isinstance(value, float) and abs(value) > MAX_NUMBER:
            return math.copysign(math.inf, value)
        if isinstance(value, (int, float)):
            if value != value or abs(value) > MAX_NUMBER:
                raise HandInError("a setting is not a number of a sensible size")
        elif value is not None:
            raise HandInError("a setting is not plain data")
        return value
