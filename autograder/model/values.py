"""Equality by value: whether two graphs, or a few operations and a step, compute the same function."""

import json
import math
from collections.abc import Iterable, Iterator
from enum import StrEnum

import numpy as np

from . import oracle
from .graph import BLOCK, UNKNOWN, Graph, Node, reachable, users
from .operations import OPERATIONS, Kind, kind_of
from .settings import setting_differences
from .work import Array, NotUnderstood, TooLarge, spend, work_of_steps

MAX_VALUE_NODES = 400  # larger graphs are not compared by value
SCALES = (1, 30, 1e-3)  # of inputs: usual, large and tiny values, to reach every branch of an activation
STEP_SCALES = (1, 30, 1000, 1e-3)  # the same for a single step
MAX_CUTS = 12  # how many operations may make one step
MAX_BOUNDARY = 3  # of how many tensors a step may be a function
MAX_STEP_ENTRIES = 200_000  # of each tensor while steps are looked for
MAX_STEP_TRIALS = 300  # cuts that are tried for one graph


class Same(StrEnum):
    """Whether two graphs compute the same function."""

    YES = "yes"
    NO = "no"
    UNDECIDED = "an operation cannot be evaluated"


def same_function(reference: Graph, graph: Graph, pairs: Iterable[tuple[int, int]]) -> Same:
    """Whether both graphs compute the same function, tried on random weights and inputs, in both modes.

    Weights correspond by `pairs`, one to one; settings that values do not show must be equal.
    """
    used, needed = reachable(graph), reachable(reference)
    if not used or len(used) > MAX_VALUE_NODES or setting_differences(reference, 0, graph, 0):
        return Same.NO
    if _blocks(graph, used) != _blocks(reference, needed):
        return Same.NO
    if any(kind_of(graph.nodes[i].op) is Kind.RANDOM for i in used):
        return Same.NO
    if any(graph.nodes[i].op.startswith(UNKNOWN) for i in used):
        return Same.UNDECIDED
    try:
        to_reference = _weights(reference, needed, graph, used, pairs)
        return Same.NO if to_reference is None else _same_values(reference, graph, to_reference)
    except TooLarge:
        return Same.NO
    except NotUnderstood:
        return Same.UNDECIDED
    except (ValueError, IndexError, KeyError, TypeError, ZeroDivisionError, OverflowError):
        return Same.NO  # shapes that no Keras graph has


def _blocks(graph: Graph, indices: Iterable[int]) -> list[str]:
    """The calls of other exercises' functions, in a fixed order."""
    nodes = [graph.nodes[i] for i in indices]
    return sorted(json.dumps([n.op, n.settings], sort_keys=True) for n in nodes if n.op.startswith(BLOCK))


def _weights(
    reference: Graph, needed: list[int], graph: Graph, used: list[int], pairs: Iterable[tuple[int, int]]
) -> dict[int, int] | None:
    """Which node of the reference has the weights of which of the graph; None where they do not correspond."""
    with_weights = [i for i in used if oracle.weight_shapes(graph, i)]
    theirs = [i for i in needed if oracle.weight_shapes(reference, i)]
    found = {g: r for r, g in pairs if g in with_weights}
    if sorted(found) != sorted(with_weights) or sorted(found.values()) != sorted(theirs):
        return None
    for g, r in found.items():
        if oracle.weight_shapes(graph, g) != oracle.weight_shapes(reference, r):
            return None
        if any(d.key not in ("strides", "pads") for d in setting_differences(reference, r, graph, g)):
            return None
    return found


def _same_values(reference: Graph, graph: Graph, to_reference: dict[int, int]) -> Same:
    rng, most = np.random.default_rng(0), oracle.JUDGED_ENTRIES
    assert reference.output is not None and graph.output is not None
    for scale in SCALES:
        x = rng.normal(size=(2, *(int(n or 1) for n in graph.nodes[0].shape[1:]))) * scale
        weights = {r: oracle.random_weights(reference, r, rng, scale) for r in to_reference.values()}
        mine = {g: weights[r] for g, r in to_reference.items()}
        for training in (False, True):
            expected = oracle.evaluate(reference, x, weights, training)[reference.output]
            found = oracle.evaluate(graph, x, mine, training, most)[graph.output]
            if not _close(expected, found):
                return Same.NO
    return Same.YES


def _close(expected: Array, found: Array) -> bool:
    return expected.shape == found.shape and bool(np.allclose(expected, found, rtol=1e-8, atol=1e-9))


# ------------------------------------------------------------------ several operations that are one step


def with_steps(reference: Graph, graph: Graph) -> Graph:
    """The graph in which several operations that together compute one operation of the reference are that operation,
    and in which operations that change nothing are left out; `graph` itself where there are none.

    Only operations without weights are looked into; each is tried as a function of the tensors before it, on random
    values. Bounded by MAX_STEP_TRIALS.
    """
    steps = _weightless(reference)
    wanted = {json.dumps([n.op, n.settings], sort_keys=True) for n in steps}
    result = Graph(list(graph.nodes), graph.output, graph.notes)
    instead: dict[int, int] = {}
    trials = MAX_STEP_TRIALS
    inside: set[int] = set()
    changed = False
    for index in reversed(range(1, len(graph.nodes))):
        node = graph.nodes[index]
        if index in inside or not _can_be_looked_into(node) or _is_wanted(node, wanted, steps):
            continue
        best: tuple[Node, set[int]] | None = None
        for cut, between in _cuts(graph, index):
            trials -= 1
            if trials < 0:
                break
            with work_of_steps():
                found = _step_of(graph, index, cut, steps)
            # the farthest cut: a softmax of what has its largest entry subtracted is a softmax, and so is the whole
            if found and (best is None or (found.op, found.settings) == (best[0].op, best[0].settings)):
                best = found, between
        if best is None:
            continue
        step, between = best
        changed, inside = True, inside | between
        if step.op:
            result.nodes[index] = step
        else:
            instead[index] = step.inputs[0]
    return _without_unused(result, instead, inside) if changed else graph


def _weightless(reference: Graph) -> list[Node]:
    """The different operations of the reference that have no weights."""
    found: dict[str, Node] = {}
    for node in reference.nodes[1:]:
        operation = OPERATIONS.get(node.op)
        if operation and operation.evaluate and operation.weights is None:
            found.setdefault(json.dumps([node.op, node.settings], sort_keys=True), node)
    return list(found.values())


def _can_be_looked_into(node: Node) -> bool:
    operation = OPERATIONS.get(node.op)
    return operation is not None and operation.evaluate is not None and operation.weights is None


def _is_wanted(node: Node, wanted: set[str], steps: list[Node]) -> bool:
    """Whether a node is an operation of the reference as it stands, or the same with other settings."""
    same = json.dumps([node.op, node.settings], sort_keys=True) in wanted
    return same or (kind_of(node.op) is Kind.POOLING and any(step.op == node.op for step in steps))


def _cuts(graph: Graph, index: int) -> Iterator[tuple[list[int], set[int]]]:
    """The sets of tensors that node `index` is a function of, nearest first, each with the nodes in between."""
    boundary = sorted(set(graph.nodes[index].inputs))
    between: set[int] = set()
    for _ in range(MAX_CUTS):
        if len(boundary) <= MAX_BOUNDARY:
            yield boundary, set(between)
        inner = next((i for i in reversed(boundary) if i and _can_be_looked_into(graph.nodes[i])), None)
        if inner is None:
            return
        between.add(inner)
        boundary = sorted({*boundary, *graph.nodes[inner].inputs} - {inner})


def _step_of(graph: Graph, index: int, cut: list[int], steps: list[Node]) -> Node | None:
    """The operation that node `index` computes from the tensors of `cut`: a Node without a name for none at all, or
    None where it is no operation of the reference."""
    try:
        trials = [_trial(graph, index, cut, scale) for scale in STEP_SCALES]
        spend(2 * sum(found.size for _, found in trials))  # for comparing
    except (NotUnderstood, ValueError, IndexError, KeyError, TypeError, OverflowError):
        return None
    node = graph.nodes[index]
    if len(cut) == 1 and all(_close(given[cut[0]], found) for given, found in trials):
        return Node("", {}, (cut[0],), node.shape)
    for step in steps:
        operation = OPERATIONS[step.op]
        if len(step.inputs) != len(cut) or operation.evaluate is None:
            continue
        orders = [cut, cut[::-1]] if not operation.commutative and len(cut) == 2 else [cut]
        for order in orders:
            try:
                spend(sum(found.size for _, found in trials))
                computed = [operation.evaluate(step.settings, {}, False, *(given[i] for i in order)) for given, _ in trials]
            except (NotUnderstood, ValueError, IndexError, KeyError, TypeError):
                break
            if all(_close(y, found) for y, (_, found) in zip(computed, trials)):
                return Node(step.op, dict(step.settings), tuple(order), node.shape, node.source)
    return None


def _trial(graph: Graph, index: int, cut: list[int], scale: float) -> tuple[dict[int, Array], Array]:
    """Random values of the tensors of `cut`, and what node `index` makes of them."""
    rng = np.random.default_rng(0)
    given = {}
    for i in cut:
        shape = [2 if n is None else n for n in graph.nodes[i].shape]
        if math.prod(shape) > MAX_STEP_ENTRIES:
            raise TooLarge("a tensor that is too large")
        spend(2 * math.prod(shape))
        given[i] = rng.normal(size=shape) * scale
    values = oracle.evaluate(graph, np.zeros(1), {}, False, 50 * MAX_STEP_ENTRIES, given, index)
    return given, values[index]


def _without_unused(graph: Graph, instead: dict[int, int], inside: set[int]) -> Graph:
    """The graph without the operations `inside` steps that nothing uses any more, and without those that are another
    tensor `instead`."""

    def target(i: int) -> int:
        while i in instead:
            i = instead[i]
        return i

    nodes = [Node(n.op, n.settings, tuple(target(i) for i in n.inputs), n.shape, n.source, n.layer) for n in graph.nodes]
    output = None if graph.output is None else target(graph.output)
    gone = set(instead)
    after = users(Graph(nodes, output))
    for index in sorted(inside, reverse=True):
        if index != output and all(u in gone for u in after[index]):
            gone.add(index)
    place: dict[int, int] = {}
    kept: list[Node] = []
    for index, node in enumerate(nodes):
        if index not in gone:
            place[index] = len(kept)
            kept.append(node)
    for node in kept:
        node.inputs = tuple(place[i] for i in node.inputs)
    return Graph(kept, None if output is None else place[output], graph.notes)
