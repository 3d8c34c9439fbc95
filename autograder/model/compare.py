"""Compare a hand-in's graph with the reference: equal, equal by value, or the list of differences.

A difference is charged to the step of the reference that it concerns, whatever a mistake upstream has done to the values
there. Its `code` names it for the rules in an exercise's TOML file:

    setting:STEP.KEY      a setting of the step differs (KEY "op": another operation in its place)
    missing:STEP          the step is not there
    extra:OP@STEP         an operation too many, just after the step
    order:STEP            the step is there, but in another place of its path
    source:STEP           a side path starts elsewhere (STEP: its first step, or where it ends)
    input:STEP            the step takes another tensor than the result of the step before it
    return                another tensor than the last step's is returned
    unlike:STEP           every step looks right, yet the function differs

Beside these: error:STEP or stop:STEP where the code stops (diagnosis.py), RELATION:STEP of numbers (arrays.py).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from . import oracle
from .alignment import Alignment, Path, align, longest, sides_of
from .graph import BLOCK, UNKNOWN, Graph, Node, expand, reachable, users
from .keras_settings import same_padding
from .operations import COMMUTATIVE, MERGES, OPERATIONS
from .settings import setting_differences
from .values import MAX_VALUE_NODES, Same, same_function, with_steps


class DifferenceKind(StrEnum):
    """What sort of difference there is: the first part of its code."""

    SETTING = "setting"
    MISSING = "missing"
    EXTRA = "extra"
    ORDER = "order"
    SOURCE = "source"
    INPUT = "input"
    RETURN = "return"
    UNLIKE = "unlike"
    ERROR = "error"  # the code stopped here
    STOP = "stop"  # it stopped here, after other differences
    VALUES = "values"  # of an array; the key tells how they relate to the expected ones


@dataclass
class Difference:
    """One way in which a hand-in differs. `expected` and `found` are what `kind` and `key` say: values of a setting, the
    name of an operation, the id of a step ("" for the input), a word, or the error that stopped the code."""

    kind: DifferenceKind
    step: str | None
    key: str = ""
    expected: Any = None
    found: Any = None

    @property
    def code(self) -> str:
        """The name by which an exercise's rules know it."""
        if self.kind is DifferenceKind.SETTING:
            return f"setting:{self.step}.{self.key}"
        if self.kind is DifferenceKind.EXTRA:
            return f"extra:{self.found}@{self.step}"
        if self.kind is DifferenceKind.VALUES:
            return f"{self.key}:{self.step}"
        return "return" if self.kind is DifferenceKind.RETURN else f"{self.kind}:{self.step}"


@dataclass
class Comparison:
    """What one case shows: the differences, and the steps that could be seen (right or wrong); and the operations that
    the machine cannot judge, where the differences are not certain because of them."""

    differences: list[Difference]
    seen: set[str]
    not_understood: list[str] = field(default_factory=list)


def compare(reference: Graph, graph: Graph, blocks: Mapping[tuple[str, str], Graph] | None = None) -> Comparison:
    """The Comparison of `graph` with the recorded `reference` graph; `blocks` are its blocks' own graphs by their keys."""
    steps = {s for node in reference.nodes for s in (node.step, node.padding_step) if s}
    if same_structure(reference, graph):
        return Comparison([], steps)
    if blocks and _count(graph, "Conv2D") > _count(reference, "Conv2D"):
        reference, graph = expand(reference, blocks), expand(graph, blocks)
        if same_structure(reference, graph):
            return Comparison([], steps)
    alignment = align(reference, graph)
    same = same_function(reference, graph, alignment.pairs)
    if same is not Same.YES:
        simpler = with_steps(reference, graph)
        if simpler is not graph:
            graph = simpler
            if same_structure(reference, graph):
                return Comparison([], steps)
            alignment = align(reference, graph)
            same = same_function(reference, graph, alignment.pairs)
    if same is Same.YES:
        return Comparison([], steps)
    differences = differences_of(reference, alignment)
    if not differences and graph.output is not None:
        differences = [Difference(DifferenceKind.UNLIKE, _last_step(reference))]
    matched = [reference.nodes[r] for r, _ in alignment.pairs]
    seen = {s for node in matched for s in (node.step, node.padding_step) if s}
    return Comparison(differences, seen | _padding_seen(reference, graph), _not_understood(graph))


def _not_understood(graph: Graph) -> list[str]:
    if len(reachable(graph)) > MAX_VALUE_NODES:
        return [n.op.removeprefix(UNKNOWN) for n in graph.nodes if n.op.startswith(UNKNOWN)][:1]
    return oracle.not_understood(graph)


def same_structure(a: Graph, b: Graph) -> bool:
    """Whether both graphs have the same known operations with the same settings in the same places.

    Two operations that are not known are never the same, nor are two graphs without an output.
    """
    first = _fingerprint(a)
    return first is not None and first == _fingerprint(b)


def _fingerprint(graph: Graph) -> str | None:
    """A text that is equal for structurally equal graphs, or None where there is none.

    Only what the output depends on counts, and how many layers with weights. The order of the inputs of a sum does not.
    """
    if graph.output is None:
        return None
    digests: dict[int, str] = {}
    used = reachable(graph)
    for index in used:
        node = graph.nodes[index]
        if node.op.startswith(UNKNOWN):
            return None
        inputs = [digests[i] for i in node.inputs]
        if node.op in COMMUTATIVE:
            inputs.sort()
        shape = list(node.shape) if node.op == "Input" else None
        text = json.dumps([node.op, node.settings, inputs, shape], sort_keys=True)
        digests[index] = hashlib.sha256(text.encode()).hexdigest()
    layers = sum(OPERATIONS[n.op].weights is not None for n in (graph.nodes[i] for i in used) if n.op in OPERATIONS)
    return f"{digests[graph.output]} {layers}"  # one layer in two places is not two layers alike


def _padding_seen(reference: Graph, graph: Graph) -> set[str]:
    """The zero padding steps that the code has done, though it stopped before the convolution that uses them."""
    zeros = [node.settings["pads"] for node in graph.nodes if node.op == "ZeroPadding2D"]
    return {n.padding_step for n in reference.nodes if n.padding_step and n.settings["pads"] in zeros}


def _count(graph: Graph, op: str) -> int:
    return sum(node.op == op for node in graph.nodes)


def _last_step(graph: Graph) -> str | None:
    assert graph.output is not None
    return graph.nodes[graph.output].step


# ------------------------------------------------------------------ differences


def differences_of(reference: Graph, alignment: Alignment) -> list[Difference]:
    """The differences that an alignment of a graph with the reference shows."""
    graph, to_graph, kinds = alignment.graph, dict(alignment.pairs), DifferenceKind
    found = [
        Difference(kinds.SETTING, reference.nodes[0].step, d.key, d.expected, d.found)
        for d in setting_differences(reference, 0, graph, 0)
        if reference.nodes[0].step
    ]
    first = next(n.step for n in reference.nodes[1:] if n.step)
    found += _path_differences(reference, graph, alignment.trunk, reference.nodes[0].step or first)
    found += _side_differences(reference, alignment, to_graph)
    ends = {g: r for r, g in alignment.pairs}
    found += [
        Difference(kinds.EXTRA, reference.nodes[ends[side.end]].step, "", None, "summand")
        for side in alignment.free
        if side.end is not None and side.end in ends and graph.nodes[side.end].op in MERGES
    ]
    if alignment.repaired:
        index, wrong = alignment.repaired
        step = _after(reference, _mapped(alignment, index))
        found.append(Difference(kinds.INPUT, step, "", None, _after(reference, _mapped(alignment, wrong))))
    _join_padding(found, reference, graph)
    if not alignment.returned:
        returned = _after(reference, _mapped(alignment, graph.output))
        found.append(Difference(kinds.RETURN, _last_step(reference), "", None, returned))
    return found


def _side_differences(reference: Graph, alignment: Alignment, to_graph: dict[int, int]) -> list[Difference]:
    """Differences along the side paths, and in where they start."""
    found: list[Difference] = []
    for side, other, path in alignment.sides:
        if other is None:
            if side.end in to_graph:
                found += [Difference(DifferenceKind.MISSING, reference.nodes[r].step) for r in side.chain]
            continue
        end = side.chain[0] if side.chain else side.end
        anchor = None if end is None else reference.nodes[end].step
        if to_graph.get(side.start) != _before_extras(alignment, other.start):
            start = _after(reference, _mapped(alignment, other.start))
            found.append(Difference(DifferenceKind.SOURCE, anchor, "", _after(reference, side.start), start))
        found += _path_differences(reference, alignment.graph, path, anchor)
    return found


def _before_extras(alignment: Alignment, index: int) -> int:
    """The node itself, or the one before the operations too many that it is one of: those are told where they are."""
    graph, matched = alignment.graph, {g for _, g in alignment.pairs}
    while index not in matched and len(graph.nodes[index].inputs) == 1:
        index = graph.nodes[index].inputs[0]
    return index


def _join_padding(found: list[Difference], reference: Graph, graph: Graph) -> None:
    """Zero padding that is there, but not just before its convolution, is not missing: it is a consequence of the
    other differences, or in the wrong place. Another padding in its place is one difference, not two."""
    begin = reference.nodes[0].step
    missing = next((d for d in found if d.kind is DifferenceKind.MISSING and d.expected == "ZeroPadding2D"), None)
    extra = next((d for d in found if d.kind is DifferenceKind.EXTRA and d.found in ("ZeroPadding2D", "Pad")), None)
    if missing and extra:
        when = "early" if extra.step == begin else "late"
        found.remove(missing)
        found.remove(extra)
        if extra.found == "Pad":
            found.append(Difference(DifferenceKind.SETTING, missing.step, "op", "ZeroPadding2D", "Pad"))
        elif not found:
            found.append(Difference(DifferenceKind.ORDER, missing.step, "", None, when))
        for other in found:
            if other.kind is DifferenceKind.EXTRA and when == "early" and other.step == begin:
                other.step = missing.step
    elif extra:
        lost = {d.step for d in found if d.kind is DifferenceKind.MISSING}
        padded = {n.padding_step for n in reference.nodes if n.step in lost}
        if padded & _padding_seen(reference, graph):  # its convolution is missing
            found.remove(extra)


def _mapped(alignment: Alignment, index: int | None) -> int | None:
    return next((r for r, g in alignment.pairs if g == index), None)


def _after(reference: Graph, index: int | None) -> str | None:
    """The step that node `index` belongs to; "" for the input, None where there is none."""
    return "" if index == 0 else None if index is None else reference.nodes[index].step


def _path_differences(reference: Graph, graph: Graph, path: Path, anchor: str | None) -> list[Difference]:
    """Differences along one aligned path; what is too much is charged to the step before it."""
    found: list[Difference] = []
    missing: list[tuple[int, str, str | None]] = []
    extra: list[tuple[int, str, str | None]] = []
    step = anchor
    for position, (r, g) in enumerate(path):
        if r is None:
            assert g is not None
            extra.append((position, graph.nodes[g].op, _meant(reference, path, position, graph.nodes[g]) or step))
            continue
        step = reference.nodes[r].step
        if g is None:
            missing.append((position, reference.nodes[r].op, step))
            continue
        found += node_differences(reference, r, graph, g)
    for position, op, step in missing:
        moved = next((e for e in extra if e[1] == op and (e[2] == step or not op.startswith(BLOCK))), None)
        if moved:
            extra.remove(moved)
            found.append(Difference(DifferenceKind.ORDER, step, "", None, "early" if moved[0] < position else "late"))
        else:
            found.append(Difference(DifferenceKind.MISSING, step, "", op, _unused(graph, op)))
    return found + [Difference(DifferenceKind.EXTRA, step, "", None, op) for _, op, step in extra]


def _unused(graph: Graph, op: str) -> str | None:
    """ "unused" if such an operation is there, but nothing takes its result."""
    used = set(reachable(graph))
    there = graph.output is not None and any(n.op == op and i not in used for i, n in enumerate(graph.nodes))
    return "unused" if there else None


def _meant(reference: Graph, path: Path, position: int, node: Node) -> str | None:
    """The step that an operation too many is meant as: a block with the arguments of a step is that step's; of two
    operations that are alike, it is the second."""
    after = next((reference.nodes[r] for r, _ in path[position:] if r is not None), None)
    if not node.op.startswith(BLOCK):
        return after.step if after is not None and after.op == node.op else None
    places = [(_likeness(reference.nodes[r], node), -abs(k - position), r) for k, (r, _) in enumerate(path) if r is not None]
    likeness, _, best = max(places, default=(0, 0, 0))
    if likeness:
        return reference.nodes[best].step
    return after.step if after is not None and after.op == node.op else None


def _likeness(one: Node, other: Node) -> int:
    """How many of the filters of two calls of the same block are equal."""
    return sum(a == b for a, b in zip(one.settings["filters"], other.settings["filters"])) if _same_block(one, other) else 0


def _same_block(one: Node, other: Node) -> bool:
    return one.op == other.op and all(isinstance(node.settings.get("filters"), (list, tuple)) for node in (one, other))


def node_differences(reference: Graph, r: int, graph: Graph, g: int) -> list[Difference]:
    """Differences of two nodes that correspond; those in zeros around belong to the step that pads, if there is one."""
    found = []
    step, padding = reference.nodes[r].step, reference.nodes[r].padding_step
    for d in setting_differences(reference, r, graph, g):
        if d.key == "pads" and padding and _pads_twice(reference, r, graph.nodes[g]):
            found.append(Difference(DifferenceKind.SETTING, step, "pads", "valid", "same"))
        elif d.key == "pads" and padding and d.found == "valid":
            found.append(Difference(DifferenceKind.MISSING, padding, "", "ZeroPadding2D"))
        else:
            charged = padding if d.key == "pads" and padding else step
            found.append(Difference(DifferenceKind.SETTING, charged, d.key, d.expected, d.found))
    return found


def _pads_twice(reference: Graph, r: int, node: Node) -> bool:
    """Whether a convolution has padding "same" after the zero padding that the task asks for."""
    settings, (batch, height, width, channels) = node.settings, reference.nodes[reference.nodes[r].inputs[0]].shape
    top, bottom, left, right = pads = reference.nodes[r].settings["pads"]
    if height is None or width is None:
        return False
    shape = batch, height + top + bottom, width + left + right, channels
    more = same_padding(shape, settings["kernel_size"], settings["strides"], settings["dilation_rate"])
    return list(settings["pads"]) == [a + b for a, b in zip(pads, more)] != list(pads)


# ------------------------------------------------------------------ the order of a reference


def ordered(graph: Graph) -> Graph:
    """The graph with its nodes in the order in which a task tells them: trunk, side paths, merge."""
    assert graph.output is not None
    order: list[int] = []
    trunk = longest(graph, reachable(graph), {})
    sides = sides_of(graph, trunk, users(graph))
    for index in trunk:
        order += [node for side in sides if side.end == index for node in side.chain] + [index]
    place = {old: new for new, old in enumerate(order)}
    nodes = [replace(graph.nodes[i], inputs=tuple(place[k] for k in graph.nodes[i].inputs)) for i in order]
    return Graph(nodes, place[graph.output], graph.notes)
