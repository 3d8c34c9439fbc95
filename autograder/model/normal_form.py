"""Put checked blueprint nodes into normal form: equal functions that are written differently become equal."""

import json
from collections import Counter
from typing import Any

from .graph import BLOCK, UNKNOWN, Graph, Node, Settings, Shape, reachable, users
from .keras_settings import call_of
from .operations import OPERATIONS
from .spellings import ACTIVATIONS

Raw = dict[str, Any]  # a checked node of a blueprint


def normalise(nodes: list[Raw], output: int | None) -> Graph:
    """The Graph of checked blueprint nodes. Linear in the nodes and their inputs.

    Raises KeyError, TypeError, ValueError, IndexError, AttributeError, ZeroDivisionError or OverflowError where a
    setting has an impossible value.
    """
    build = Builder(nodes, output)
    place: dict[int, int] = {}
    for index, raw in enumerate(nodes):
        place[index] = build.translate(index, raw, [place[i] for i in raw["inputs"]])
    graph = Graph(build.nodes, None if output is None else place[output], build.notes)
    _mark_shared_layers(graph)
    _ignore_bias_before_batch_normalization(graph)
    return graph


class Builder:
    """Translates nodes one by one; the rules of spellings.py add to it what a node computes."""

    def __init__(self, raw_nodes: list[Raw], output: int | None):
        self.nodes: list[Node] = []
        self.notes: list[str] = []
        self.uses = Counter(i for raw in raw_nodes for i in raw["inputs"])  # of raw nodes
        self.stopped = output is None
        self.calls: dict[str, int] = {}  # a call of a layer with weights: where its result is
        self.index, self.layer = 0, None
        self.shape: Shape = ()

    def add(
        self,
        op: str,
        settings: Settings,
        inputs: list[int],
        shape: Shape,
        source: int | None = None,
        layer: int | None = None,
    ) -> int:
        """Add a node; return its place. While the code was not finished, the same layer called twice on the same tensor,
        perhaps for a look at its shape, is one node."""
        if layer is not None and self.stopped and op in ("Conv2D", "Dense", "BatchNormalization"):
            call = json.dumps([op, layer, settings, list(inputs)])
            if call in self.calls:
                return self.calls[call]
            self.calls[call] = len(self.nodes)
        self.nodes.append(Node(op, settings, tuple(inputs), tuple(shape), source, layer))
        return len(self.nodes) - 1

    def translate(self, index: int, raw: Raw, inputs: list[int]) -> int:
        """Add what raw node `index` computes; return the place of its result."""
        self.index, self.shape, self.layer = index, tuple(raw["shape"]), raw.get("layer")
        config = raw.get("config", {})
        if raw["op"].startswith(BLOCK):  # recorded by a stand-in, see student/stand_ins.py
            return self.leaf(raw["op"], dict(config), inputs)
        operation = OPERATIONS.get(raw["op"])
        if operation is None or operation.normalise is None or "unreadable" in config:
            return self.unknown(raw, inputs)
        place = operation.normalise(self, config, inputs, raw)
        return self.unknown(raw, inputs) if place is None else place

    def unknown(self, raw: Raw, inputs: list[int]) -> int:
        """Add a node for what is not understood."""
        return self.leaf(UNKNOWN + raw["op"], {"config": raw.get("config", {}), **call_of(raw)}, inputs)

    def leaf(self, op: str, settings: Settings, inputs: list[int]) -> int:
        """Add a node that computes what the raw node at hand does."""
        return self.add(op, settings, inputs, self.shape, self.index, self.layer)

    def activation(self, name: str | None, inputs: list[int], source: int) -> int:
        """Add the activation called `name`, unless it is the identity."""
        before = self.nodes[inputs[0]]
        name = name if name is None or isinstance(name, str) else "another function"
        if name in (None, "linear"):
            before.source = source if before.source is None else before.source
            return inputs[0]
        op, settings = ACTIVATIONS.get(name, (UNKNOWN + str(name), {}))
        if op == before.op == "ReLU" and settings == before.settings == {}:
            return inputs[0]
        return self.add(op, dict(settings), inputs, self.shape, source)


def _mark_shared_layers(graph: Graph) -> None:
    """A layer with weights, or a block, that is called twice is not two: say so in its settings."""
    seen: dict[int, list[Node]] = {}
    used = range(len(graph.nodes)) if graph.output is None else sorted(reachable(graph))
    for node in (graph.nodes[index] for index in used):
        operation = OPERATIONS.get(node.op)
        has_weights = node.op.startswith(BLOCK) or (operation is not None and operation.weights is not None)
        if node.layer is not None and has_weights:
            seen.setdefault(node.layer, []).append(node)
    for nodes in seen.values():
        for node in nodes[1:]:
            node.settings["shares_weights"] = True


def _ignore_bias_before_batch_normalization(graph: Graph) -> None:
    """BatchNorm subtracts the mean, so a bias just before it is a redundant parameter."""
    for index, (node, after) in enumerate(zip(graph.nodes, users(graph))):
        if (
            "Conv" in node.op
            and after
            and index != graph.output
            and all(graph.nodes[u].op == "BatchNormalization" for u in after)
        ) and not node.settings.pop("use_bias", True):
            graph.notes.append(
                "use_bias=False before BatchNormalization: the bias is redundant there, "
                "so no points are lost, but the parameter count differs from the task's"
            )
