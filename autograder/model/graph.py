"""A graph of operations in normal form, and what can be said of it without evaluating it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

UNKNOWN = "?"  # an operation's name begins with it where the table of operations does not hold it
BLOCK = "block:"  # an operation's name begins with it where it is a call of another exercise's function

Settings = dict[str, Any]
Shape = tuple[int | None, ...]


@dataclass
class Node:
    """One operation in normal form.

    `settings` holds what matters to the function computed, and only that. `source` is the index of
    the blueprint node whose output this node computes, or None where it computes an inner value.
    """

    op: str
    settings: Settings
    inputs: tuple[int, ...]
    shape: Shape
    source: int | None = None
    layer: int | None = None
    step: str | None = None  # in a reference: the exercise's step that this node belongs to
    padding_step: str | None = None  # in a reference: the ZeroPadding2D step that its `pads` belong to


@dataclass
class Graph:
    """A normalised blueprint. `output` is None where the code stopped before returning."""

    nodes: list[Node]
    output: int | None
    notes: list[str] = field(default_factory=list)


def users(graph: Graph) -> list[list[int]]:
    """For each node, the nodes that take its result, each once, in their order."""
    found: list[list[int]] = [[] for _ in graph.nodes]
    for index, node in enumerate(graph.nodes):
        for i in dict.fromkeys(node.inputs):
            found[i].append(index)
    return found


def reachable(graph: Graph, output: int | None = None) -> list[int]:
    """The nodes that `output` (else the graph's output) depends on, each after its inputs; none without an output."""
    start = graph.output if output is None else output
    if start is None:
        return []
    order: list[int] = []
    known: set[int] = set()
    todo = [(start, False)]
    while todo:
        index, done = todo.pop()
        if done:
            order.append(index)
        elif index not in known:
            known.add(index)
            todo.append((index, True))
            todo += [(i, False) for i in graph.nodes[index].inputs]
    return order


def unknown(graph: Graph) -> list[str]:
    """The names of the operations that the output depends on, or all where there is no output, and that the table of
    operations does not hold; each once."""
    used = range(len(graph.nodes)) if graph.output is None else reachable(graph)
    names = [graph.nodes[i].op for i in used if graph.nodes[i].op.startswith(UNKNOWN)]
    return list(dict.fromkeys(name.removeprefix(UNKNOWN) for name in names))


def block_key(node: Node) -> tuple[str, str]:
    """What tells one call of another exercise's function from another: its name and its arguments."""
    return node.op, json.dumps(node.settings, sort_keys=True)


def expand(graph: Graph, templates: Mapping[tuple[str, str], Graph]) -> Graph:
    """The graph with every block that has a template replaced by the block's own nodes.

    `templates` maps a block's key to a Graph whose node 0 is the block's input.
    """
    result = Graph([], None, list(graph.notes))
    place: dict[int, int] = {}
    for index, node in enumerate(graph.nodes):
        template = templates.get(block_key(node))
        if template is None or template.output is None:
            result.nodes.append(replace(node, inputs=tuple(place[i] for i in node.inputs)))
            place[index] = len(result.nodes) - 1
            continue
        inner = {0: place[node.inputs[0]]}
        for k, part in enumerate(template.nodes[1:], start=1):
            result.nodes.append(replace(part, inputs=tuple(inner[i] for i in part.inputs), step=node.step))
            inner[k] = len(result.nodes) - 1
        place[index] = inner[template.output]
    result.output = None if graph.output is None else place[graph.output]
    return result
