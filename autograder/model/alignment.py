"""Which node of a submission's graph corresponds to which node of the reference.

Both graphs are seen as a trunk from the input to the output with side paths that end in it. Paths are aligned by edit
distance, whose costs stand below with what they mean. The work is bounded: alignments are tried, the likeliest first, as
long as Work lasts.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from .graph import Graph, Node, reachable, users
from .operations import OPERATIONS, Kind, kind_of
from .settings import setting_differences

# What it costs to leave a node without a counterpart: a missing or an extra operation.
GAP = 1.0
GAP_NORMALISATION = 0.95  # a BatchNormalization on the wrong side of its convolution is that, not two ReLUs that moved
GAP_STRUCTURE = 1.2  # convolutions and merges make the structure: better to lose another one
# What it costs to let two nodes correspond that differ.
SETTING = 0.15  # each setting that differs
SIZE_SETTING = 0.3  # a setting that tells layers apart: filters, kernel_size, units
SETTINGS_AT_MOST = 0.85  # however many settings differ: less than another operation
OTHER_OPERATION = 0.9  # of the same kind: less than one missing and one extra
ANY_OPERATION = 1.5  # what is not known, arithmetic and other blocks may stand in the place of anything
NEVER = 9.0
# A little more than one missing operation: what is meant by the return statement, or by an input, was guessed.
RETURN_COST = 1.01
REPAIR_COST = 1.02

STANDS_FOR_ANYTHING = {Kind.UNKNOWN, Kind.ARITHMETIC, Kind.SHAPE, Kind.RANDOM}
INTERCHANGEABLE = {Kind.WEIGHTS, Kind.NORMALISATION, Kind.ACTIVATION, Kind.MERGE, Kind.POOLING}
CONVOLUTION_LENGTH = 4  # how much more than others a convolution counts for the longest path
MAX_OUTPUTS = 8  # tensors that may be meant as the result
BACK = 2  # steps back from where code stops to where its main path may end: a shortcut's length
MAX_UNUSED = 8  # results that may be meant as the input of a step
MAX_BRANCHES = 2  # merges of a trunk up to which other trunks are tried, too
MAX_TRUNKS = 8
MAX_SIDES = 200
MAX_CELLS = 200_000  # pairs of nodes that are looked at for one case: about 0.2 s
NODE_CELLS = 2  # finding a trunk and its sides takes as long as looking at two pairs for each node


@dataclass
class Side:
    """A path beside the trunk: it leaves `start`, runs through `chain` and ends in `end`, a merge."""

    start: int
    chain: list[int]
    end: int | None


Path = list[tuple[int | None, int | None]]  # of (reference index or None, graph index or None)


@dataclass
class Alignment:
    """A correspondence of the nodes of two graphs, and its cost."""

    cost: float
    graph: Graph  # the code's graph, or the one with one input repaired
    output: int
    trunk: Path
    sides: list[tuple[Side, Side | None, Path]]  # the reference's, the graph's that corresponds, and how
    free: list[Side]  # the graph's sides that correspond to none
    pairs: list[tuple[int, int]]  # all (reference index, graph index) that correspond
    returned: bool = True  # whether `output` is what the code returned
    repaired: tuple[int, int] | None = None  # (node, its wrong input), where an input had to be repaired


@dataclass
class Work:
    """What is left of the pairs of nodes that may be looked at; and the mismatches of nodes and the alignments of paths that
    are known by what their nodes are (see _like)."""

    cells: int = MAX_CELLS
    known: dict[tuple[str, str], float] = field(default_factory=dict)
    paths: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[float, Path]] = field(default_factory=dict)
    seen: dict[int, tuple[Graph, list[str], list[float]]] = field(default_factory=dict)

    def looked_at(self, graph: Graph) -> tuple[Graph, list[str], list[float]]:
        """The graph; what each of its nodes is (see _like); and what it costs to leave it without a counterpart."""
        if id(graph) not in self.seen:
            indices = range(len(graph.nodes))
            self.seen[id(graph)] = graph, [_like(graph, i) for i in indices], [_gap(node) for node in graph.nodes]
        return self.seen[id(graph)]

    def with_node(self, graph: Graph, index: int, node: Node) -> tuple[Graph, "Work"]:
        """The graph with another node at one index, which has the same operation; and what is left, for looking at it."""
        changed = Graph([*graph.nodes[:index], node, *graph.nodes[index + 1 :]], graph.output)
        _, like, gaps = self.looked_at(graph)
        like = [*like[:index], _like(changed, index), *like[index + 1 :]]
        return changed, replace(self, seen={**self.seen, id(changed): (changed, like, gaps)})


def align(reference: Graph, graph: Graph) -> Alignment:
    """The best correspondence of the two graphs, over the tensors that may be meant as the result, and over
    the tensors that were computed but not used, and may be meant as the input of a step."""
    work = Work()
    sinks = _sinks(graph)
    outputs = _ends(graph, sinks) if graph.output is None else [graph.output] + [i for i in sinks if i != graph.output]
    candidates = []
    for output in outputs[:MAX_OUTPUTS]:
        candidate = _align_to(reference, graph, output, work)
        candidate.returned = graph.output in (None, output)
        candidate.cost += 0 if candidate.returned else RETURN_COST
        candidates.append(candidate)
        if work.cells < 0:
            break
    unused = [i for i in sinks if i != graph.output][:MAX_UNUSED]
    if unused and work.cells > 0 and min(c.cost for c in candidates) > REPAIR_COST:
        candidates += _repaired(reference, graph, unused, outputs if graph.output is None else outputs[:1], work)
    return min(candidates, key=lambda candidate: candidate.cost)


def _sinks(graph: Graph) -> list[int]:
    """The nodes whose result nothing uses; the input, if there is no other."""
    after = users(graph)
    return [i for i, node in enumerate(graph.nodes) if not after[i] and node.op != "ZeroPadding2D"] or [0]


def _ends(graph: Graph, sinks: list[int]) -> list[int]:
    """Where the main path of code that stops may end: at what nothing uses, or where a side path leaves it."""
    ends = list(sinks)
    for sink in sinks:
        index = sink
        for _ in range(BACK):
            index = (graph.nodes[index].inputs or (0,))[0]
            ends += [index] if index and index not in ends else []
    return ends


def _repaired(reference: Graph, graph: Graph, unused: list[int], outputs: list[int], work: Work) -> Iterator[Alignment]:
    """Alignments of the graph with one input of one node exchanged for one of the `unused` results."""
    for result in unused:
        before = set(reachable(graph, result))
        for output in outputs:
            for index in sorted(set(reachable(graph, output)) - before):
                node = graph.nodes[index]
                for k, wrong in enumerate(node.inputs):
                    work.cells -= len(graph.nodes)
                    if work.cells < 0:
                        return
                    inputs = (*node.inputs[:k], result, *node.inputs[k + 1 :])
                    repaired, tried = work.with_node(graph, index, replace(node, inputs=inputs))
                    candidate = _align_to(reference, repaired, output, tried)
                    work.cells = tried.cells - len(reference.nodes) * len(graph.nodes)
                    candidate.repaired = (index, wrong)
                    candidate.cost += REPAIR_COST
                    yield candidate


def _align_to(reference: Graph, graph: Graph, output: int, work: Work) -> Alignment:
    """The best alignment with `output` as the result."""
    after, best = users(graph), None
    trunks = _trunks(graph, output)
    for trunk_r in _reference_trunks(reference):
        sides_r = sides_of(reference, trunk_r, users(reference))
        for trunk_g in trunks:
            work.cells -= NODE_CELLS * len(graph.nodes)
            free = sides_of(graph, trunk_g, after)
            candidate = _align_trunks(reference, trunk_r, sides_r, graph, trunk_g, free, work)
            if best is None or candidate.cost < best.cost:
                best = candidate
            if work.cells < 0:
                return best
    assert best is not None
    return best


def _reference_trunks(reference: Graph) -> list[list[int]]:
    """The longest path; and where a path branches off within it, as a gate does, the one without the gate."""
    assert reference.output is not None
    order = reachable(reference, reference.output)
    first = longest(reference, order, {})
    inside = [s for s in sides_of(reference, first, users(reference)) if s.start and s.end is not None]
    others = [longest(reference, order, {side.end or 0: [side.start, *side.chain][-1]}) for side in inside]
    return [first, *others[:MAX_BRANCHES]]


# ------------------------------------------------------------------ trunk and side paths


def _trunks(graph: Graph, output: int) -> list[list[int]]:
    """Paths from the input to `output` that may be the trunk: the longest one, convolutions counting most, and,
    where there are few merges, the longest one through each input of a merge."""
    order = reachable(graph, output)
    first = longest(graph, order, {})
    merges = [i for i in first if len(graph.nodes[i].inputs) > 1]
    found = [first]
    if len(merges) <= MAX_BRANCHES:
        for merge in merges:
            for i in list(dict.fromkeys(graph.nodes[merge].inputs))[:MAX_TRUNKS]:
                path = longest(graph, order, {merge: i})
                found += [path] if path != first else []
    return found[:MAX_TRUNKS]


def longest(graph: Graph, order: list[int], fixed: dict[int, int]) -> list[int]:
    """The longest path from the input to the last node of `order` (see reachable); at each merge in `fixed` it goes
    through the given input."""
    length: dict[int, int] = {0: 0}
    previous: dict[int, int] = {}
    for index in order[1:]:
        node = graph.nodes[index]
        best = fixed.get(index, max((i for i in node.inputs if i in length), key=length.__getitem__, default=None))
        if best is not None:
            length[index] = length[best] + (CONVOLUTION_LENGTH if node.op == "Conv2D" else 1)
            previous[index] = best
    path = [order[-1]]
    while path[-1] in previous:
        path.append(previous[path[-1]])
    return path[::-1]


def sides_of(graph: Graph, trunk: list[int], after: list[list[int]]) -> list[Side]:
    """The side paths that end in the trunk, and those that end nowhere; no more than MAX_SIDES. `after` is its users."""
    on_trunk, taken = set(trunk), set(trunk)
    sides: list[Side] = []

    def walk(index: int) -> tuple[int, list[int]]:
        chain = []
        while index not in on_trunk and graph.nodes[index].inputs:
            chain.append(index)
            taken.add(index)
            index = graph.nodes[index].inputs[0]
        return index, chain[::-1]

    for before, merge in itertools.pairwise(trunk):
        others = list(graph.nodes[merge].inputs)
        others.remove(before)
        sides += [Side(*walk(other), merge) for other in others[: MAX_SIDES - len(sides)]]
    for index in reversed(range(len(graph.nodes))):
        if index not in taken and len(sides) < MAX_SIDES and all(u not in taken for u in after[index]):
            sides.append(Side(*walk(index), None))
    return sides


# ------------------------------------------------------------------ aligning


def _align_trunks(
    reference: Graph, trunk_r: list[int], sides_r: list[Side], graph: Graph, trunk_g: list[int], free: list[Side], work: Work
) -> Alignment:
    """The alignment of two graphs with these trunks and sides; it takes what corresponds out of `free`."""
    cost, trunk = _align_paths(reference, trunk_r[1:], graph, trunk_g[1:], work)
    pairs = [(0, 0)] + [(r, g) for r, g in trunk if r is not None and g is not None]
    to_graph = dict(pairs)
    sides: list[tuple[Side, Side | None, Path]] = []
    for side in sides_r:
        options = [s for s in free if side.end in to_graph and s.end == to_graph[side.end]] or [
            s for s in free if s.end is None and side.chain and side.end not in to_graph
        ]
        scored = [(*_align_paths(reference, side.chain, graph, s.chain, work), s) for s in options if work.cells >= 0]
        elsewhere = {id(s): to_graph.get(side.start) != s.start for s in options}
        if not scored:
            sides.append((side, None, []))
            cost += len(side.chain) * GAP
            continue
        side_cost, path, chosen = min(scored, key=lambda item: item[0] + elsewhere[id(item[2])])
        free.remove(chosen)
        sides.append((side, chosen, path))
        pairs += [(r, g) for r, g in path if r is not None and g is not None]
        cost += side_cost + elsewhere[id(chosen)]
    return Alignment(cost, graph, trunk_g[-1], trunk, sides, free, pairs)


def _align_paths(reference: Graph, a: list[int], graph: Graph, b: list[int], work: Work) -> tuple[float, Path]:
    """The cheapest alignment of two lists of nodes: its cost, and the pairs. Lists that are alike are aligned once."""
    work.cells -= (len(a) + 1) * (len(b) + 1)
    (_, mine, _), (_, theirs, _) = work.looked_at(reference), work.looked_at(graph)
    key = tuple([mine[r] for r in a]), tuple([theirs[g] for g in b])
    if key not in work.paths:
        work.paths[key] = _aligned(reference, a, graph, b, work)
    cost, places = work.paths[key]
    return cost, [(None if i is None else a[i], None if j is None else b[j]) for i, j in places]


def _aligned(reference: Graph, a: list[int], graph: Graph, b: list[int], work: Work) -> tuple[float, Path]:
    """The cheapest alignment (edit distance), as pairs of places in the lists. Takes len(a) * len(b)."""
    n, m = len(a), len(b)
    match = _mismatches(reference, a, graph, b, work)
    (_, _, gaps), (_, _, gaps_graph) = work.looked_at(reference), work.looked_at(graph)
    gap_a, gap_b = [gaps[r] for r in a], [gaps_graph[g] for g in b]
    rest = [[0.0] * (m + 1) for _ in range(n + 1)]  # the cost of aligning a[i:] with b[j:]
    for i in reversed(range(n)):
        rest[i][m] = rest[i + 1][m] + gap_a[i]
    for j in reversed(range(m)):
        rest[n][j] = rest[n][j + 1] + gap_b[j]
    for i in reversed(range(n)):
        row, below, costs, gap = rest[i], rest[i + 1], match[i], gap_a[i]
        for j in reversed(range(m)):
            row[j] = min(below[j + 1] + costs[j], below[j] + gap, row[j + 1] + gap_b[j])
    path: Path = []
    i = j = 0
    while i < n or j < m:  # of equally good alignments, the one that matches early
        if i < n and j < m and math.isclose(rest[i][j], rest[i + 1][j + 1] + match[i][j], abs_tol=1e-8):
            path.append((i, j))
            i, j = i + 1, j + 1
        elif j < m and math.isclose(rest[i][j], rest[i][j + 1] + gap_b[j], abs_tol=1e-8):
            path.append((None, j))
            j += 1
        else:
            path.append((i, None))
            i += 1
    return rest[0][0], path


def _gap(node: Node) -> float:
    """What it costs to leave a node without a counterpart."""
    kind = kind_of(node.op)
    if kind is Kind.MERGE or node.op in ("Conv2D", "Dense"):
        return GAP_STRUCTURE
    return GAP_NORMALISATION if node.op == "BatchNormalization" else GAP


def _mismatches(reference: Graph, a: list[int], graph: Graph, b: list[int], work: Work) -> list[list[float]]:
    """How unlike each node of one list is to each of the other: 0 for alike, above 2 where it cannot stand for it."""
    (_, mine, _), (_, theirs, _), known = work.looked_at(reference), work.looked_at(graph), work.known
    rows = []
    for r in a:
        row = []
        for g in b:
            pair = mine[r], theirs[g]
            if pair not in known:
                known[pair] = _cost(reference, r, graph, g)
            row.append(known[pair])
        rows.append(row)
    return rows


def _like(graph: Graph, index: int) -> str:
    """A text that is equal for nodes that compare alike: what a node is, and the shape that its padding depends on."""
    node = graph.nodes[index]
    return f"{node.op} {node.settings} {graph.nodes[node.inputs[0]].shape if node.inputs else node.shape}"


def _cost(reference: Graph, r: int, graph: Graph, g: int) -> float:
    a, b = reference.nodes[r].op, graph.nodes[g].op
    if a != b:
        kinds = kind_of(a), kind_of(b)
        if kinds[0] is kinds[1] and kinds[0] in INTERCHANGEABLE:
            return OTHER_OPERATION
        stands = kinds[1] in STANDS_FOR_ANYTHING and b != "Flatten"
        return ANY_OPERATION if stands or kinds == (Kind.BLOCK, Kind.BLOCK) or b not in OPERATIONS else NEVER
    keys = [difference.key for difference in setting_differences(reference, r, graph, g)]
    sizes = sum(key in ("filters", "kernel_size", "units") for key in keys)
    return min(SIZE_SETTING * sizes + SETTING * (len(keys) - sizes), SETTINGS_AT_MOST)
