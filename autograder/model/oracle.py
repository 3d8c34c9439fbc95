"""Evaluate a Graph in plain NumPy: the check that does not use Keras.

It verifies every recorded reference value, and it lets the judge decide, without TensorFlow,
whether a graph that is built differently computes the same function. Tensors are float64 arrays, the batch first.
"""

import json
import math
import zlib
from collections.abc import Iterable

import numpy as np

from .graph import BLOCK, UNKNOWN, Graph, Node, reachable
from .operations import OPERATIONS, Kind
from .work import Array, NotUnderstood, TooLarge, Weights, limit, spend

JUDGED_ENTRIES = 16_000_000  # of all arrays of one evaluation while judging (128 MB)


def evaluate(
    graph: Graph,
    x: Array,
    weights: dict[int, Weights],
    training: bool,
    most: float = math.inf,
    given: dict[int, Array] | None = None,
    output: int | None = None,
) -> dict[int, Array]:
    """The outputs of all nodes that the graph's output (or `output`) depends on: {index: array}.

    `weights` maps the index of a node to its arrays by the names that `weight_shapes` gives; missing ones are Keras's
    defaults. `most` limits the entries of all arrays together. `given` holds values of nodes that are not to be
    evaluated. Raises NotUnderstood, with the operation's name, where one cannot be evaluated.
    """
    values: dict[int, Array] = dict(given or {})
    for index in reachable(graph, output) if not given else _between(graph, output, given):
        node = graph.nodes[index]
        if index not in values:
            inputs = [values[i] for i in node.inputs]
            values[index] = _node(node, inputs, weights.get(index, {}), training) if inputs else _input(index, x)
            most -= values[index].size
            spend(values[index].size)
            if most < 0:
                raise TooLarge("arrays that are too large")
    return values


def _between(graph: Graph, output: int | None, given: Iterable[int]) -> list[int]:
    """The nodes that `output` depends on down to the given ones, each after its inputs."""
    cut = set(given)
    start = graph.output if output is None else output
    order: set[int] = set()
    todo = [] if start is None else [start]
    while todo:
        index = todo.pop()
        if index not in order and index not in cut:
            order.add(index)
            todo += graph.nodes[index].inputs
    return sorted(order)


def _input(index: int, x: Array) -> Array:
    if index:
        raise NotUnderstood("a second input")
    return np.asarray(x, dtype=np.float64)


def _node(node: Node, inputs: list[Array], weights: Weights, training: bool) -> Array:
    if node.op.startswith(BLOCK):
        return _block(node, inputs[0])
    operation = OPERATIONS.get(node.op)
    if operation is None or operation.evaluate is None:
        raise NotUnderstood(node.op)
    try:
        return operation.evaluate(node.settings, weights, training, *inputs)
    except (NotUnderstood, MemoryError):
        raise
    except Exception as error:  # settings that no Keras layer has, or that the function does not take
        raise NotUnderstood(node.op) from error


def not_understood(graph: Graph) -> list[str]:
    """The operations that the graph's result (or, without one, anything) depends on and that the machine cannot judge:
    not in the table, or with settings that it cannot evaluate. Operations that are known to be no plain function of
    values are not among them, nor are those that would only be too much work."""
    names: list[str] = []
    tried: set[str] = set()
    most = JUDGED_ENTRIES
    for index in reachable(graph) or range(len(graph.nodes)):
        node = graph.nodes[index]
        operation = OPERATIONS.get(node.op)
        if node.op.startswith(UNKNOWN):
            names.append(node.op.removeprefix(UNKNOWN))
        elif operation is not None and operation.kind not in (Kind.RANDOM, Kind.INPUT):
            shapes = [_concrete(graph.nodes[i]) for i in node.inputs]
            alike = f"{node.op} {node.settings} {shapes} {node.shape}"
            if alike in tried:
                continue
            tried.add(alike)
            most -= sum(math.prod(shape or []) for shape in shapes)
            if most > 0 and None not in shapes and not _can_be_evaluated(graph, index, [s for s in shapes if s]):
                names.append(node.op)
    return list(dict.fromkeys(names))


def _concrete(node: Node) -> list[int] | None:
    """The shape that a node claims, with a batch of two; None where a size is not known."""
    shape = [2 if axis == 0 and size is None else size for axis, size in enumerate(node.shape)]
    known = [size for size in shape if size is not None]
    return known if len(known) == len(shape) else None


def _can_be_evaluated(graph: Graph, index: int, shapes: list[list[int]]) -> bool:
    try:
        for shape in [*shapes, *weight_shapes(graph, index).values()]:
            limit(math.prod(shape))
            spend(math.prod(shape))
        weights = {name: np.ones(shape) for name, shape in weight_shapes(graph, index).items()}
        _node(graph.nodes[index], [np.ones(shape) for shape in shapes], weights, False)
    except TooLarge:
        return True
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, ZeroDivisionError, OverflowError):
        return False
    return True


def _block(node: Node, x: Array) -> Array:
    """A block that is not looked into: some fixed function of its settings, with the right shape."""
    text = json.dumps([node.op, node.settings], sort_keys=True)
    rng = np.random.default_rng(zlib.crc32(text.encode()))
    if len(node.shape) != 4 or x.ndim != 4 or None in node.shape[1:]:
        raise NotUnderstood("a block of another shape")
    rows, columns, channels = (int(size or 0) for size in node.shape[1:])
    if min(rows, columns) < 1:
        raise NotUnderstood("an empty block")
    limit(x.size // x.shape[3] * channels)
    row, column = -(-x.shape[1] // rows), -(-x.shape[2] // columns)
    return mix(x[:, ::row, ::column], channels, rng)


def mix(x: Array, channels: int, rng: np.random.Generator) -> Array:
    """Some fixed, cheap function of x: each output channel depends on three input channels and, as in a convolution, on
    neighbours, zeros at the edge."""
    around = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    x = x + around[:, 2:, 2:] / 2 - around[:, :-2, :-2] / 3
    size = x.shape[-1]
    first = np.resize(rng.permutation(size), channels)
    picks = [first, rng.integers(0, size, channels), rng.integers(0, size, channels)]
    return np.asarray(np.tanh(sum(x[..., pick] * rng.normal(size=channels) for pick in picks)))


def weight_shapes(graph: Graph, index: int) -> dict[str, tuple[int, ...]]:
    """The shapes of the weights of node `index`: {name: shape}, empty where it has none."""
    node = graph.nodes[index]
    operation = OPERATIONS.get(node.op)
    if operation is None or operation.weights is None:
        return {}
    return operation.weights(node.settings, graph.nodes[node.inputs[0]].shape, node.shape)


def random_weights(graph: Graph, index: int, rng: np.random.Generator, scale: float = 1) -> Weights:
    """Weights of node `index` for a comparison by value: nothing zero, nothing alike.

    Normalised values are multiplied by about `scale`, and are about as small if it is small. Raises NotUnderstood where
    they would be too large.
    """
    arrays: Weights = {}
    for name, shape in weight_shapes(graph, index).items():
        limit(math.prod(shape))
        spend(2 * math.prod(shape))  # a random number takes as long as two
        if name.endswith("kernel"):
            arrays[name] = rng.normal(size=shape) / np.sqrt(np.prod(shape[:-1]))
        elif name in ("gamma", "moving_variance"):
            arrays[name] = rng.uniform(0.5, 1.5, shape) * (scale if name == "gamma" else 1)
        else:
            arrays[name] = rng.normal(size=shape) * 0.5 * min(scale, 1)
    return arrays
