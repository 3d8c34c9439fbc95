"""Evaluate a Graph (see blueprint.py) in plain NumPy: the check that does not use Keras.

It verifies every recorded reference value, and it lets the judge decide, without TensorFlow,
whether a graph that is built differently computes the same function. Tensors are float64 arrays,
(batch, height, width, channels) or (batch, features).
"""

import json
import zlib

import numpy as np

from .blueprint import reachable

LIMIT = 20_000_000  # entries of an array that is computed: a hostile graph may claim any size


class NotUnderstood(ValueError):
    """The graph holds an operation or a setting that the oracle cannot evaluate."""


def evaluate(graph, x, weights, training):
    """The outputs of all nodes that the graph's output depends on: {index: array}.

    `weights` maps the index of a node to its arrays: {"kernel", "bias"} for Conv2D and Dense,
    {"gamma", "beta", "moving_mean", "moving_variance"} for BatchNormalization; missing ones are
    Keras's defaults. Raises NotUnderstood.
    """
    values = {}
    for index in reachable(graph):
        node = graph.nodes[index]
        inputs = [values[i] for i in node.inputs]
        if node.op.startswith("block:"):
            values[index] = _block(node, inputs[0])
        elif node.op in _OPERATIONS:
            values[index] = (
                _OPERATIONS[node.op](node.settings, weights.get(index, {}), training, *inputs)
                if inputs
                else np.asarray(x, dtype=np.float64)
            )
        else:
            raise NotUnderstood(node.op)
    return values


def _input(settings, weights, training):
    raise NotUnderstood("a second input")


def _windows(x, size, strides, dilation=(1, 1)):
    """All windows of x: (batch, rows, columns, channels, height, width)."""
    reach = [(k - 1) * d + 1 for k, d in zip(size, dilation)]
    view = np.lib.stride_tricks.sliding_window_view(x, reach, axis=(1, 2))
    _limit(view[:, :: strides[0], :: strides[1]].size)
    return view[:, :: strides[0], :: strides[1], :, :: dilation[0], :: dilation[1]]


def _limit(entries):
    if entries > LIMIT:
        raise NotUnderstood("an array that is too large")


def _pad(x, pads, value=0.0):
    top, bottom, left, right = pads
    _limit(x.size // max(x.shape[1] * x.shape[2], 1) * (x.shape[1] + top + bottom) * (x.shape[2] + left + right))
    return np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=value)


def _conv2d(s, weights, training, x):
    if s["groups"] != 1 or s["data_format"] != "channels_last":
        raise NotUnderstood("a grouped or channels-first convolution")
    x = _pad(x, s["pads"])
    kernel = weights["kernel"]
    if s["kernel_size"] == [1, 1]:
        y = x[:, :: s["strides"][0], :: s["strides"][1]] @ kernel[0, 0]
    else:
        windows = _windows(x, s["kernel_size"], s["strides"], s["dilation_rate"])
        y = np.tensordot(windows, kernel, axes=([4, 5, 3], [0, 1, 2]))
    return y + weights.get("bias", 0.0)


def _dense(s, weights, training, x):
    return x @ weights["kernel"] + weights.get("bias", 0.0)


def _batch_normalization(s, weights, training, x):
    axes = tuple(a for a in range(x.ndim) if a != s["axis"])
    training = s.get("training", training)
    if training:
        mean, variance = x.mean(axes), x.var(axes)
    else:
        size = x.shape[s["axis"]]
        mean, variance = weights.get("moving_mean", np.zeros(size)), weights.get("moving_variance", np.ones(size))
    shape = [1] * x.ndim
    shape[s["axis"]] = -1
    y = (x - mean.reshape(shape)) / np.sqrt(variance.reshape(shape) + s["epsilon"])
    if s["scale"] and "gamma" in weights:
        y = y * weights["gamma"].reshape(shape)
    if s["center"] and "beta" in weights:
        y = y + weights["beta"].reshape(shape)
    return y


def _relu(s, weights, training, x):
    threshold, slope = s.get("threshold", 0), s.get("negative_slope", 0)
    y = np.where(x > threshold, x, slope * (x - threshold)) if (threshold or slope) else np.maximum(x, 0)
    return np.minimum(y, s["max_value"]) if "max_value" in s else y


def _softmax(s, weights, training, x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def _max_pooling(s, weights, training, x):
    if "data_format" in s:
        raise NotUnderstood("channels-first pooling")
    return _windows(_pad(x, s["pads"], -np.inf), s["pool_size"], s["strides"]).max((4, 5))


def _average_pooling(s, weights, training, x):
    if "data_format" in s:
        raise NotUnderstood("channels-first pooling")
    total, count = (_windows(_pad(a, s["pads"]), s["pool_size"], s["strides"]).sum((4, 5)) for a in (x, np.ones_like(x)))
    return total / count  # padding does not count, as in Keras


_OPERATIONS = {
    "Input": _input,
    "Conv2D": _conv2d,
    "Dense": _dense,
    "BatchNormalization": _batch_normalization,
    "ReLU": _relu,
    "Softmax": _softmax,
    "Sigmoid": lambda s, w, t, x: 1 / (1 + np.exp(-x)),
    "Tanh": lambda s, w, t, x: np.tanh(x),
    "Add": lambda s, w, t, *xs: sum(xs),
    "Subtract": lambda s, w, t, a, b: a - b,
    "Multiply": lambda s, w, t, *xs: np.prod(np.broadcast_arrays(*xs), axis=0),
    "Average": lambda s, w, t, *xs: sum(xs) / len(xs),
    "Maximum": lambda s, w, t, *xs: np.maximum.reduce(xs),
    "Concatenate": lambda s, w, t, *xs: np.concatenate(xs, s["axis"]),
    "ZeroPadding2D": lambda s, w, t, x: _pad(x, s["pads"]),
    "MaxPooling2D": _max_pooling,
    "AveragePooling2D": _average_pooling,
    "GlobalAveragePooling2D": lambda s, w, t, x: x.mean((1, 2)),
    "Flatten": lambda s, w, t, x: x.reshape(len(x), -1),
}


def _block(node, x):
    """A block that is not looked into: some fixed function of its settings, with the right shape."""
    text = json.dumps([node.op, node.settings], sort_keys=True)
    rng = np.random.default_rng(zlib.crc32(text.encode()))
    rows, columns, channels = node.shape[1:]
    if min(rows, columns) < 1:
        raise NotUnderstood("an empty block")
    _limit(x.size // x.shape[3] * channels)
    row, column = -(-x.shape[1] // rows), -(-x.shape[2] // columns)
    return mix(x[:, ::row, ::column], channels, rng)


def mix(x, channels, rng):
    """Some fixed, cheap function of x: each output channel depends on three input channels and, as in a convolution, on
    neighbours, zeros at the edge."""
    around = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    x = x + around[:, 2:, 2:] / 2 - around[:, :-2, :-2] / 3
    size = x.shape[-1]
    first = np.resize(rng.permutation(size), channels)
    picks = [first, rng.integers(0, size, channels), rng.integers(0, size, channels)]
    return np.tanh(sum(x[..., pick] * rng.normal(size=channels) for pick in picks))


def weight_shapes(graph, index):
    """The shapes of the weights of node `index`: {name: shape}, empty where it has none."""
    node = graph.nodes[index]
    channels = graph.nodes[node.inputs[0]].shape[-1] if node.inputs else None
    s = node.settings
    if node.op == "Conv2D":
        return {"kernel": (*s["kernel_size"], channels // s["groups"], s["filters"]), "bias": (s["filters"],)}
    if node.op == "Dense":
        return {"kernel": (channels, s["units"]), "bias": (s["units"],)}
    if node.op == "BatchNormalization":
        size = (graph.nodes[index].shape[s["axis"]],)
        return dict.fromkeys(("gamma", "beta", "moving_mean", "moving_variance"), size)
    return {}


def random_weights(graph, index, rng, scale=1):
    """Weights of node `index` for a comparison by value: nothing zero, nothing alike.

    Normalised values are multiplied by about `scale`.
    """
    arrays = {}
    for name, shape in weight_shapes(graph, index).items():
        if name == "kernel":
            arrays[name] = rng.normal(size=shape) / np.sqrt(np.prod(shape[:-1]))
        elif name in ("gamma", "moving_variance"):
            arrays[name] = rng.uniform(0.5, 1.5, shape) * (scale if name == "gamma" else 1)
        else:
            arrays[name] = rng.normal(size=shape) * 0.5
    return arrays
