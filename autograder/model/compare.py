"""Compare a hand-in's graph with the reference: equal, equal by value, or the list of differences.

A difference is charged to the step of the reference that it concerns, whatever a mistake upstream
has done to the values there. Its `code` names it for the rules in an exercise's TOML file:

    setting:STEP.KEY      a setting of the step differs (KEY "op": another operation in its place)
    missing:STEP          the step is not there
    extra:OP@STEP         an operation too many, just after the step
    order:STEP            the step is there, but in another place of its path
    source:STEP           a side path starts elsewhere (STEP: its first step, or where it ends)
    input:STEP            the step takes another tensor than the result of the step before it
    return                another tensor than the last step's is returned
    unlike:STEP           every step looks right, yet the function differs
"""

import itertools
import json
from dataclasses import dataclass, replace

import numpy as np

from . import blueprint, oracle

KINDS = [
    blueprint.MERGES,
    {"MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D"},
    {"ReLU", "Softmax", "Sigmoid", "Tanh"},
]
PENALTY = {"filters": 0.3, "kernel_size": 0.3, "units": 0.3, "op": 0.9}
VALUE_NODES = 400  # larger graphs are not compared by value


@dataclass
class Difference:
    kind: str
    step: str | None
    key: str = ""
    expected: object = None
    found: object = None

    @property
    def code(self):
        if self.kind == "setting":
            return f"setting:{self.step}.{self.key}"
        if self.kind == "extra":
            return f"extra:{self.found}@{self.step}"
        return "return" if self.kind == "return" else f"{self.kind}:{self.step}"


@dataclass
class Comparison:
    """What one case shows: the differences, and the steps that could be seen (right or wrong)."""

    differences: list
    seen: set


def compare(reference, graph, blocks=None):
    """The Comparison of `graph` with the recorded `reference` graph."""
    steps = {s for node in reference.nodes for s in (node.step, node.padding_step) if s}
    if blueprint.same_structure(reference, graph):
        return Comparison([], steps)
    if blocks and _count(graph, "Conv2D") > _count(reference, "Conv2D"):
        reference, graph = blueprint.expand(reference, blocks), blueprint.expand(graph, blocks)
        if blueprint.same_structure(reference, graph):
            return Comparison([], steps)
    alignment = _align(reference, graph)
    if same_function(reference, graph, alignment.pairs):
        return Comparison([], steps)
    differences = _differences(reference, alignment)
    if not differences and graph.output is not None:
        differences = [Difference("unlike", _last_step(reference))]
    matched = [reference.nodes[r] for r, _ in alignment.pairs]
    seen = {s for node in matched for s in (node.step, node.padding_step) if s}
    return Comparison(differences, seen | _padding_seen(reference, graph))


def _padding_seen(reference, graph):
    """The zero padding steps that the code has done, though it stopped before the convolution that uses them."""
    zeros = [node.settings["pads"] for node in graph.nodes if node.op == "ZeroPadding2D"]
    return {node.padding_step for node in reference.nodes if node.padding_step and node.settings["pads"] in zeros}


def align(reference, graph):
    """The nodes that correspond: [(index in the reference, index in the graph)]."""
    return _align(reference, graph).pairs


def _count(graph, op):
    return sum(node.op == op for node in graph.nodes)


def _last_step(graph):
    return graph.nodes[graph.output].step


# ------------------------------------------------------------------ trunk and side paths


@dataclass
class _Side:
    """A path beside the trunk: it leaves `start`, runs through `chain` and ends in `end`, a merge."""

    start: int
    chain: list
    end: int | None


def _trunks(graph, output):
    """Paths from the input to `output` that may be the trunk: the longest one, convolutions counting most, and,
    where there are few merges, the longest one through each input of a merge."""
    longest = _longest(graph, output, {})
    merges = [i for i in longest if len(graph.nodes[i].inputs) > 1]
    others = (
        [_longest(graph, output, {merge: i}) for merge in merges for i in graph.nodes[merge].inputs]
        if len(merges) <= 2
        else []
    )
    return [longest] + [path for path in others if path != longest]


def _longest(graph, output, fixed):
    """The longest path from the input to `output`; at each merge in `fixed` it goes through the given input."""
    length, previous = {0: 0}, {}
    for index in blueprint.reachable(graph, output)[1:]:
        node = graph.nodes[index]
        best = fixed.get(index, max((i for i in node.inputs if i in length), key=length.get, default=None))
        if best is not None:
            length[index] = length[best] + (4 if node.op == "Conv2D" else 1)
            previous[index] = best
    path = [output]
    while path[-1] in previous:
        path.append(previous[path[-1]])
    return path[::-1]


def _sides(graph, trunk):
    """The side paths that end in the trunk, and those that end nowhere."""
    on_trunk, taken, sides = set(trunk), set(trunk), []

    def walk(index):
        chain = []
        while index not in on_trunk and graph.nodes[index].inputs:
            chain.append(index)
            taken.add(index)
            index = graph.nodes[index].inputs[0]
        return index, chain[::-1]

    for before, merge in itertools.pairwise(trunk):
        others = list(graph.nodes[merge].inputs)
        others.remove(before)
        for other in others:
            sides.append(_Side(*walk(other), merge))
    for index in reversed(range(len(graph.nodes))):
        if index not in taken and all(u not in taken for u in graph.users(index)):
            sides.append(_Side(*walk(index), None))
    return sides


# ------------------------------------------------------------------ aligning


@dataclass
class _Alignment:
    cost: float
    graph: blueprint.Graph  # the code's graph, or the one with one input repaired
    output: int
    trunk: list  # of (reference index or None, graph index or None)
    sides: list  # of (reference side, graph side or None, its (index, index) list)
    free: list  # the graph's sides that correspond to none
    pairs: list  # all (reference index, graph index) that correspond
    returned: bool = True  # whether `output` is what the code returned
    repaired: tuple = ()  # (node, its wrong input), where an input had to be repaired


RETURN_COST, REPAIR_COST = 1.01, 1.02  # a little more than one missing operation


def _align(reference, graph):
    """The best correspondence of the two graphs, over the tensors that may be meant as the result, and over
    the tensors that were computed but not used, and may be meant as the input of a step."""
    sinks = _sinks(graph)
    outputs = (sinks if graph.output is None else [graph.output] + [i for i in sinks if i != graph.output])[:8]
    candidates = []
    for output in outputs:
        candidate = _align_to(reference, graph, output)
        candidate.returned = graph.output in (None, output)
        candidate.cost += 0 if candidate.returned else RETURN_COST
        candidates.append(candidate)
    unused = [i for i in sinks if i != graph.output]
    if unused and len(graph.nodes) <= 60 and min(c.cost for c in candidates) > REPAIR_COST:
        candidates += _repaired(reference, graph, unused, outputs if graph.output is None else outputs[:1])
    return min(candidates, key=lambda candidate: candidate.cost)


def _sinks(graph):
    """The nodes whose result nothing uses; the input, if there is no other."""
    return [i for i, node in enumerate(graph.nodes) if not graph.users(i) and node.op != "ZeroPadding2D"] or [0]


def _repaired(reference, graph, unused, outputs):
    """Alignments of the graph with one input of one node exchanged for one of the `unused` results."""
    for result in unused:
        before = set(blueprint.reachable(graph, result))
        for output in outputs:
            for index in sorted(set(blueprint.reachable(graph, output)) - before):
                node = graph.nodes[index]
                for k, wrong in enumerate(node.inputs):
                    nodes = list(graph.nodes)
                    nodes[index] = replace(node, inputs=(*node.inputs[:k], result, *node.inputs[k + 1 :]))
                    candidate = _align_to(reference, blueprint.Graph(nodes, graph.output), output)
                    candidate.repaired = (index, wrong)
                    candidate.cost += REPAIR_COST
                    yield candidate


def _align_to(reference, graph, output):
    """The best alignment with `output` as the result."""
    trunk_r = _longest(reference, reference.output, {})
    return min(
        (_align_trunks(reference, trunk_r, graph, trunk_g) for trunk_g in _trunks(graph, output)),
        key=lambda candidate: candidate.cost,
    )


def _align_trunks(reference, trunk_r, graph, trunk_g):
    cost, trunk = _align_paths(reference, trunk_r[1:], graph, trunk_g[1:])
    pairs = [(0, 0)] + [(r, g) for r, g in trunk if r is not None and g is not None]
    to_graph = dict(pairs)
    free = _sides(graph, trunk_g)
    sides = []
    for side in _sides(reference, trunk_r):
        options = [s for s in free if side.end in to_graph and s.end == to_graph[side.end]] or [
            s for s in free if s.end is None and side.chain and side.end not in to_graph
        ]
        scored = [(*_align_paths(reference, side.chain, graph, s.chain), s) for s in options]
        if not scored:
            sides.append((side, None, []))
            cost += len(side.chain)
            continue
        side_cost, path, chosen = min(scored, key=lambda item: item[0])
        free.remove(chosen)
        sides.append((side, chosen, path))
        pairs += [(r, g) for r, g in path if r is not None and g is not None]
        cost += side_cost + (to_graph.get(side.start) != chosen.start)
    return _Alignment(cost, graph, trunk_g[-1], trunk, sides, free, pairs)


def _align_paths(reference, a, graph, b):
    """The cheapest alignment of two lists of nodes (edit distance): cost, [(index or None, ...)]."""
    n, m = len(a), len(b)
    match = [[_mismatch(reference, r, graph, g) for g in b] for r in a]
    rest = np.zeros((n + 1, m + 1))  # the cost of aligning a[i:] with b[j:]
    gap_a, gap_b = [_weight(reference.nodes[r].op) for r in a], [_weight(graph.nodes[g].op) for g in b]
    rest[:n, m], rest[n, :m] = np.cumsum(gap_a[::-1])[::-1], np.cumsum(gap_b[::-1])[::-1]
    for i in reversed(range(n)):
        for j in reversed(range(m)):
            rest[i, j] = min(rest[i + 1, j + 1] + match[i][j], rest[i + 1, j] + gap_a[i], rest[i, j + 1] + gap_b[j])
    path, i, j = [], 0, 0
    while i < n or j < m:  # of equally good alignments, the one that matches early
        if i < n and j < m and np.isclose(rest[i, j], rest[i + 1, j + 1] + match[i][j]):
            path.append((a[i], b[j]))
            i, j = i + 1, j + 1
        elif j < m and np.isclose(rest[i, j], rest[i, j + 1] + gap_b[j]):
            path.append((None, b[j]))
            j += 1
        else:
            path.append((a[i], None))
            i += 1
    return rest[0, 0], path


def _weight(op):
    """What it costs to leave an operation without a counterpart: those that make the structure cost more."""
    return 1.2 if op in blueprint.MERGES or op in ("Conv2D", "Dense") else 1.1 if op == "BatchNormalization" else 1.0


def _mismatch(reference, r, graph, g):
    """How unlike two nodes are: 0 for alike, above 2 where one cannot stand for the other."""
    keys = [key for key, _, _ in setting_differences(reference, r, graph, g)]
    if "op" in keys:
        a, b = reference.nodes[r].op, graph.nodes[g].op
        if b.startswith("?") or (a.startswith("block:") and b.startswith("block:")):
            return 1.5  # what is not known, and another block, may stand in the place of it
        return PENALTY["op"] if any(a in kind and b in kind for kind in KINDS) else 9.0
    return min(sum(PENALTY.get(key, 0.15) for key in keys), 0.85)


# ------------------------------------------------------------------ differences


def setting_differences(reference, r, graph, g):
    """The settings in which two nodes differ: [(key, expected, found)]."""
    a, b = reference.nodes[r], graph.nodes[g]
    if a.op != b.op:
        return [("op", a.op, b.op)]
    found = []
    if a.op == "Input":
        return [("shape", list(a.shape[1:]), list(b.shape[1:]))] if a.shape != b.shape else []
    for key in sorted(set(a.settings) | set(b.settings)):
        expected, other = a.settings.get(key), b.settings.get(key)
        if key == "use_bias" and None in (expected, other):
            continue
        if key == "pads":
            expected, other = _padding_style(reference, r), _padding_style(graph, g)
            if not set(expected) & set(other):
                found.append((key, expected[0], other[0]))
        elif key == "kernel_initializer" and expected != other:
            same_class = str(expected).split("(")[0] == str(other).split("(")[0] and "seed=" in str(expected)
            found.append(("seed" if same_class else "initializer", expected, other))
        elif json.dumps(expected) != json.dumps(other):
            found.append((key, expected, other))
    return found


def _padding_style(graph, index):
    """The ways in which a node's padding can be written: "valid", "same", and the zeros themselves."""
    node = graph.nodes[index]
    pads, shape = node.settings["pads"], graph.nodes[node.inputs[0]].shape
    size = node.settings.get("kernel_size") or node.settings.get("pool_size")
    styles = [] if any(pads) else ["valid"]
    if (
        len(shape) == 4
        and None not in shape[1:3]
        and list(pads)
        == blueprint.same_padding(shape, size, node.settings["strides"], node.settings.get("dilation_rate", (1, 1)))
    ):
        styles.append("same")
    return [*styles, str(tuple(pads))]


def _differences(reference, alignment):
    graph = alignment.graph
    found = [
        Difference("setting", reference.nodes[0].step, *difference)
        for difference in setting_differences(reference, 0, graph, 0)
        if reference.nodes[0].step
    ]
    to_graph = dict(alignment.pairs)
    first = next(n.step for n in reference.nodes[1:] if n.step)
    found += _path_differences(reference, graph, alignment.trunk, reference.nodes[0].step or first)
    for side, other, path in alignment.sides:
        if other is None:
            if side.end in to_graph:
                found += [Difference("missing", reference.nodes[r].step) for r in side.chain]
            continue
        anchor = reference.nodes[side.chain[0] if side.chain else side.end].step
        if to_graph.get(side.start) != other.start:
            found.append(
                Difference(
                    "source", anchor, "", _after(reference, side.start), _after(reference, _mapped(alignment, other.start))
                )
            )
        found += _path_differences(reference, graph, path, anchor)
    ends = {g: r for r, g in alignment.pairs}
    found += [
        Difference("extra", reference.nodes[ends[side.end]].step, "", None, "summand")
        for side in alignment.free
        if side.end in ends and graph.nodes[side.end].op in blueprint.MERGES
    ]
    if alignment.repaired:
        index, wrong = alignment.repaired
        found.append(
            Difference(
                "input", _after(reference, _mapped(alignment, index)), "", None, _after(reference, _mapped(alignment, wrong))
            )
        )
    _join_moved_padding(found)
    if not alignment.returned:
        found.append(
            Difference("return", _last_step(reference), "", None, _after(reference, _mapped(alignment, graph.output)))
        )
    return found


def _join_moved_padding(found):
    """Zero padding that is there, but not just before its convolution, is not missing: it is a consequence of the
    other differences, or in the wrong place."""
    missing = next((d for d in found if d.kind == "missing" and d.expected == "ZeroPadding2D"), None)
    extra = next((d for d in found if d.kind == "extra" and d.found == "ZeroPadding2D"), None)
    if missing and extra:
        found.remove(missing)
        found.remove(extra)
        if not found:
            found.append(Difference("order", missing.step, "", None, "early"))


def _mapped(alignment, index):
    return next((r for r, g in alignment.pairs if g == index), None)


def _after(reference, index):
    """The step that node `index` belongs to; "" for the input, None where there is none."""
    return "" if index == 0 else None if index is None else reference.nodes[index].step


def _path_differences(reference, graph, path, anchor):
    """Differences along one aligned path; what is too much is charged to the step before it."""
    found, missing, extra, step = [], [], [], anchor
    for position, (r, g) in enumerate(path):
        if r is None:
            after = next((reference.nodes[r] for r, _ in path[position:] if r is not None), None)
            twin = after is not None and after.op == graph.nodes[g].op  # the second of two, not the first
            extra.append((position, graph.nodes[g].op, after.step if twin else step))
            continue
        step = reference.nodes[r].step
        if g is None:
            missing.append((position, reference.nodes[r].op, step))
            continue
        for key, expected, other in setting_differences(reference, r, graph, g):
            padding = reference.nodes[r].padding_step
            if key == "pads" and padding and other == "valid":
                found.append(Difference("missing", padding, "", "ZeroPadding2D"))
            else:
                found.append(Difference("setting", padding if key == "pads" and padding else step, key, expected, other))
    for position, op, step in missing:
        moved = next((e for e in extra if e[1] == op), None)
        if moved and not op.startswith("block:"):
            extra.remove(moved)
            found.append(Difference("order", step, "", None, "early" if moved[0] < position else "late"))
        else:
            found.append(Difference("missing", step, "", op))
    return found + [Difference("extra", step, "", None, op) for _, op, step in extra]


# ------------------------------------------------------------------ equality by value


def _blocks(graph, indices):
    """The calls of other exercises' functions, in a fixed order."""
    return sorted(
        json.dumps([graph.nodes[i].op, graph.nodes[i].settings], sort_keys=True)
        for i in indices
        if graph.nodes[i].op.startswith("block:")
    )


def same_function(reference, graph, pairs):
    """Whether both graphs compute the same function, tried on random weights and inputs, in both modes.

    Weights correspond by `pairs`, one to one; settings that values do not show must be equal.
    """
    try:
        return reference.nodes[0].shape == graph.nodes[0].shape and _same_values(reference, graph, pairs)
    except (ValueError, MemoryError, IndexError, KeyError, TypeError, ZeroDivisionError, OverflowError):
        return False  # the graph cannot be evaluated


def _same_values(reference, graph, pairs):
    used = blueprint.reachable(graph) if graph.output is not None else []
    if not used or len(used) > VALUE_NODES or any(graph.nodes[i].op.startswith("?") for i in used):
        return False
    if _blocks(graph, used) != _blocks(reference, blueprint.reachable(reference)):
        return False
    with_weights = [i for i in used if oracle.weight_shapes(graph, i)]
    needed = [i for i in blueprint.reachable(reference) if oracle.weight_shapes(reference, i)]
    to_reference = {g: r for r, g in pairs if g in with_weights}
    if sorted(to_reference) != sorted(with_weights) or sorted(to_reference.values()) != sorted(needed):
        return False
    for g, r in to_reference.items():
        if oracle.weight_shapes(graph, g) != oracle.weight_shapes(reference, r):
            return False
        if any(key not in ("strides", "pads") for key, _, _ in setting_differences(reference, r, graph, g)):
            return False
    rng = np.random.default_rng(0)
    for scale in (1, 30):  # small values and large ones, to reach every branch of an activation
        x = rng.normal(size=(2, *graph.nodes[0].shape[1:])) * scale
        weights = {r: oracle.random_weights(reference, r, rng, scale) for r in needed}
        mine = {g: weights[r] for g, r in to_reference.items()}
        for training in (False, True):
            expected = oracle.evaluate(reference, x, weights, training)[reference.output]
            found = oracle.evaluate(graph, x, mine, training)[graph.output]
            if expected.shape != found.shape or not np.allclose(expected, found, rtol=1e-8, atol=1e-9):
                return False
    return True


# ------------------------------------------------------------------ the order of a reference


def ordered(graph):
    """The graph with its nodes in the order in which a task tells them: trunk, side paths, merge."""
    order = []
    trunk = _longest(graph, graph.output, {})
    sides = _sides(graph, trunk)
    for index in trunk:
        for side in sides:
            if side.end == index:
                order += side.chain
        order.append(index)
    place = {old: new for new, old in enumerate(order)}
    nodes = [replace(graph.nodes[i], inputs=tuple(place[k] for k in graph.nodes[i].inputs)) for i in order]
    return blueprint.Graph(nodes, place[graph.output], graph.notes)
