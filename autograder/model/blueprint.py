"""A model as plain data, and its normal form.

A *blueprint* is what `trace.py` records of a Keras functional graph: a JSON object

    {"nodes": [node, ...], "output": index or null}

with the nodes in topological order. Node 0 is the input. A node is

    {"op": class name, "config": {...}, "args": [literal arguments of the call],
     "call": {"training": ...}, "inputs": [indices], "shape": [int or null, ...],
     "layer": number}

Equal "layer" numbers mean that one layer object, with its weights, was called twice.

Blueprints arrive from a hostile kernel. `read` is the only way in; it raises HandInError and
nothing else. This module imports neither Keras nor TensorFlow.
"""

import hashlib
import json
import math
from dataclasses import dataclass, field, replace

HAND_IN = "application/vnd.residual-networks-kit.hand-in"  # the MIME type in which a kernel hands in
MAX_NODES = 2_000
MAX_DEPTH = 8
MAX_TEXT = 300
MAX_ITEMS = 100
MAX_SIZE = 10**6  # the largest number that a shape or a setting may hold


class HandInError(ValueError):
    """A hand-in that is not a blueprint. Its text may be shown to the student."""


@dataclass
class Node:
    """One operation in normal form.

    `settings` holds what matters to the function computed, and only that. `source` is the index of
    the blueprint node whose output this node computes, or None where it computes an inner value.
    """

    op: str
    settings: dict
    inputs: tuple
    shape: tuple
    source: int | None = None
    layer: int | None = None
    step: str | None = None  # in a reference: the exercise's step that this node belongs to
    padding_step: str | None = None  # in a reference: the ZeroPadding2D step that its `pads` belong to


@dataclass
class Graph:
    """A normalised blueprint. `output` is None where the code stopped before returning."""

    nodes: list
    output: int | None
    notes: list = field(default_factory=list)

    def users(self, index):
        return [i for i, node in enumerate(self.nodes) if index in node.inputs]


# ------------------------------------------------------------------ reading, strictly


def read(data):
    """The Graph of a blueprint given as plain JSON data. Raises HandInError."""
    if not isinstance(data, dict) or not isinstance(data.get("nodes"), list):
        raise HandInError("the hand-in holds no blueprint")
    nodes = data["nodes"]
    if not 1 <= len(nodes) <= MAX_NODES:
        raise HandInError(f"a blueprint has 1 to {MAX_NODES} nodes, not {len(nodes)}")
    for index, node in enumerate(nodes):
        _check_node(index, node)
    output = data.get("output")
    if output is not None and not (_is_int(output) and 0 <= output < len(nodes)):
        raise HandInError("the output is not one of the nodes")
    try:
        return normalise(nodes, output)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, ZeroDivisionError, OverflowError) as error:
        raise HandInError("a setting of the blueprint has an impossible value") from error


def _is_int(value):
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_SIZE


def _check_node(index, node):
    if not isinstance(node, dict) or not isinstance(node.get("op"), str) or len(node["op"]) > MAX_TEXT:
        raise HandInError(f"node {index} has no operation")
    inputs, shape = node.get("inputs"), node.get("shape")
    if not isinstance(inputs, list) or len(inputs) > MAX_ITEMS or not all(_is_int(i) and 0 <= i < index for i in inputs):
        raise HandInError(f"node {index} has an input that does not come before it")
    if (index == 0) != (not inputs):
        raise HandInError("only the first node may be without an input, and it must be")
    if (
        not isinstance(shape, list)
        or len(shape) > 8
        or not all(size is None or (_is_int(size) and size >= 0) for size in shape)
    ):
        raise HandInError(f"node {index} has no valid shape")
    if not (node.get("layer") is None or _is_int(node["layer"])):
        raise HandInError(f"node {index} has no valid layer number")
    for key, kind in (("config", dict), ("call", dict), ("args", list)):
        if not isinstance(node.get(key, kind()), kind):
            raise HandInError(f"the {key} of node {index} is not a {kind.__name__}")
        _check_plain(node.get(key, kind()), MAX_DEPTH)


def _check_plain(value, depth):
    if depth == 0:
        raise HandInError("a setting is nested too deep")
    if isinstance(value, (list, dict)):
        if len(value) > MAX_ITEMS:
            raise HandInError("a setting is too long")
        for item in value:
            _check_plain(item, depth - 1)
            if isinstance(value, dict):
                _check_plain(value[item], depth - 1)
    elif isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise HandInError("a setting's text is too long")
    elif isinstance(value, (int, float)):
        if not math.isfinite(value) or abs(value) > 1e18:
            raise HandInError("a setting is not a finite number")
    elif value is not None:
        raise HandInError("a setting is not plain data")


# ------------------------------------------------------------------ normalising


def normalise(nodes, output):
    """The Graph of checked blueprint nodes: equal functions written differently become equal."""
    build = _Builder(nodes)
    place = {}
    for index, raw in enumerate(nodes):
        place[index] = build.translate(index, raw, [place[i] for i in raw["inputs"]])
    graph = Graph(build.nodes, None if output is None else place[output], build.notes)
    _mark_shared_layers(graph)
    _ignore_bias_before_batch_normalization(graph)
    return graph


def pair(value):
    """A Keras size, given as an int or as a pair, as a list of two ints. Raises ValueError below 1."""
    first, second = (value, value) if isinstance(value, (int, float)) else value
    if min(first, second) < 1:
        raise ValueError("a size below 1")
    return [int(first), int(second)]


def same_padding(shape, kernel, strides, dilation=(1, 1)):
    """The zeros [top, bottom, left, right] that padding="same" adds to a (batch, h, w, c) input."""
    pads = []
    for size, k, s, d in zip(shape[1:3], kernel, strides, dilation):
        reach = (k - 1) * d + 1
        total = max((-(-size // s) - 1) * s + reach - size, 0)
        pads += [total // 2, total - total // 2]
    return pads


def initializer_text(value):
    """A serialised Keras initializer as text, e.g. 'GlorotUniform(seed=0)'; defaults left out."""
    if not isinstance(value, dict):
        return str(value)
    config = value.get("config") or {}
    if not isinstance(config, dict):
        return f"{value.get('class_name')}:{config}"
    inner = ", ".join(f"{k}={_number(v)}" for k, v in sorted(config.items()) if v is not None)
    return f"{value.get('class_name')}({inner})"


def _number(value):
    """Equal numbers as equal text: 1 and 1.0, but not True."""
    if isinstance(value, float) and value == int(value):
        return int(value)
    return value


class _Builder:
    def __init__(self, raw_nodes):
        self.raw = raw_nodes
        self.nodes, self.notes = [], []

    def add(self, op, settings, inputs, shape, source=None, layer=None):
        self.nodes.append(Node(op, settings, tuple(inputs), tuple(shape), source, layer))
        return len(self.nodes) - 1

    def translate(self, index, raw, inputs):
        """Add what raw node `index` computes; return the place of its result."""
        self.index, self.shape = index, raw["shape"]
        self.layer = raw.get("layer")
        rule = _block if raw["op"].startswith("block:") else _RULES.get(raw["op"])
        if len(inputs) == 1 and raw["op"] in _IDENTITIES:
            return inputs[0]
        if rule is None:
            return self.unknown(raw, inputs)
        place = rule(self, raw.get("config", {}), inputs, raw)
        return self.unknown(raw, inputs) if place is None else place

    def unknown(self, raw, inputs):
        settings = {"config": raw.get("config", {}), "args": raw.get("args", [])}
        return self.add("?" + raw["op"], settings, inputs, self.shape, self.index, self.layer)

    def leaf(self, op, settings, inputs):
        return self.add(op, settings, inputs, self.shape, self.index, self.layer)

    def activation(self, name, inputs, source):
        """Add the activation called `name`, unless it is the identity."""
        before = self.nodes[inputs[0]]
        if name in (None, "linear"):
            before.source = source if before.source is None else before.source
            return inputs[0]
        op, settings = _ACTIVATIONS.get(name, ("?" + str(name), {}))
        if op == before.op == "ReLU" and settings == before.settings == {}:
            return inputs[0]
        return self.add(op, dict(settings), inputs, self.shape, source)


def _weights(config, *initializers):
    """The settings that every layer with weights has."""
    settings = {key: initializer_text(config.get(key)) for key in initializers}
    settings["trainable"] = bool(config.get("trainable", True))
    if (config.get("dtype") or "float32") != "float32":
        settings["dtype"] = config["dtype"]
    for key in ("kernel_constraint", "bias_constraint", "gamma_constraint", "beta_constraint"):
        if config.get(key) is not None:
            settings[key] = initializer_text(config[key])
    return settings


def _note_regularizers(build, config):
    for key in ("kernel_regularizer", "bias_regularizer", "activity_regularizer", "gamma_regularizer", "beta_regularizer"):
        if config.get(key) is not None:
            build.notes.append(f"a {key} that the task does not ask for")


def _input(build, config, inputs, raw):
    return build.leaf("Input", {}, inputs)


def _conv2d(build, config, inputs, raw):
    (before,) = inputs
    shape = build.nodes[before].shape
    settings = _weights(config, "kernel_initializer", "bias_initializer")
    settings |= {
        "filters": config["filters"],
        "kernel_size": pair(config["kernel_size"]),
        "strides": pair(config["strides"]),
        "dilation_rate": pair(config.get("dilation_rate", 1)),
        "groups": config.get("groups", 1),
        "use_bias": bool(config.get("use_bias", True)),
        "data_format": config.get("data_format", "channels_last"),
    }
    pads = [0, 0, 0, 0]
    if config.get("padding") == "same":
        pads = same_padding(shape, settings["kernel_size"], settings["strides"], settings["dilation_rate"])
    padding = build.nodes[before]
    if padding.op == "ZeroPadding2D":
        pads = [a + b for a, b in zip(pads, padding.settings["pads"])]
        before = padding.inputs[0]
    settings["pads"] = pads
    _note_regularizers(build, config)
    fused = config.get("activation") not in (None, "linear")
    place = build.add("Conv2D", settings, [before], build.shape, None if fused else build.index, build.layer)
    return build.activation(config.get("activation"), [place], build.index)


def _dense(build, config, inputs, raw):
    settings = _weights(config, "kernel_initializer", "bias_initializer")
    settings |= {"units": config["units"], "use_bias": bool(config.get("use_bias", True))}
    _note_regularizers(build, config)
    fused = config.get("activation") not in (None, "linear")
    place = build.add("Dense", settings, inputs, build.shape, None if fused else build.index, build.layer)
    return build.activation(config.get("activation"), [place], build.index)


def _batch_normalization(build, config, inputs, raw):
    axis = config["axis"]
    axis = axis[0] if isinstance(axis, list) else axis
    settings = _weights(
        config, "beta_initializer", "gamma_initializer", "moving_mean_initializer", "moving_variance_initializer"
    )
    settings |= {
        "axis": axis % len(build.shape),
        "momentum": config["momentum"],
        "epsilon": config["epsilon"],
        "center": bool(config["center"]),
        "scale": bool(config["scale"]),
    }
    if config.get("renorm"):
        settings["renorm"] = True
    training = raw.get("call", {}).get("training")
    if training is not None:
        settings["training"] = bool(training)
    _note_regularizers(build, config)
    return build.leaf("BatchNormalization", settings, inputs)


def _relu(build, config, inputs, raw):
    settings = {}
    if config.get("max_value") is not None:
        settings["max_value"] = _number(config["max_value"])
    for key in ("negative_slope", "threshold"):
        if config.get(key):
            settings[key] = config[key]
    before = build.nodes[inputs[0]]
    if not settings and before.op == "ReLU" and not before.settings:
        return inputs[0]
    return build.leaf("ReLU", settings, inputs)


def _activation(build, config, inputs, raw):
    return build.activation(config.get("activation"), inputs, build.index)


def _named(name):
    """A rule for a keras.ops function that is the activation `name`, called with no further argument."""
    return lambda build, config, inputs, raw: build.activation(name, inputs, build.index)


def _maximum(build, config, inputs, raw):
    if len(inputs) == 1:
        return build.activation("relu", inputs, build.index) if raw.get("args") in ([0], [0.0]) else None
    return build.leaf("Maximum", {}, inputs)


def _add(build, config, inputs, raw):
    if len(inputs) == 1:  # X + 0
        return inputs[0] if raw.get("args") in ([0], [0.0]) else None
    flat = []
    for i in inputs:  # (a + b) + c is a + b + c where the inner sum is used nowhere else
        node = build.nodes[i]
        uses = (
            sum(build.raw[k]["inputs"].count(node.source) for k in range(len(build.raw)))
            if (node.op == "Add" and node.source is not None)
            else 0
        )
        flat += node.inputs if uses == 1 else [i]
    return build.leaf("Add", {}, flat)


def _merge(op):
    def rule(build, config, inputs, raw):
        if len(inputs) < 2 or raw.get("args"):
            return None
        settings = {}
        if op == "Concatenate":
            settings["axis"] = config.get("axis", -1) % len(build.shape)
        return build.leaf(op, settings, inputs)

    return rule


def _other_axes(config):
    """Whether a layer takes its channels elsewhere than on the last axis."""
    return config.get("data_format", "channels_last") not in (None, "channels_last")


def _zero_padding(build, config, inputs, raw):
    if _other_axes(config):
        return build.leaf(f"?ZeroPadding2D with data_format={config['data_format']!r}", {}, inputs)
    value = config["padding"]
    (top, bottom), (left, right) = [
        (v, v) if isinstance(v, int) else v for v in ((value, value) if isinstance(value, int) else value)
    ]
    return _pad(build, [top, bottom, left, right], inputs)


def _ops_pad(build, config, inputs, raw):
    width = config.get("pad_width")
    if config.get("mode", "constant") != "constant" or raw.get("call", {}).get("constant_values") or raw.get("args"):
        return None
    if len(width) != 4 or list(width[0]) != [0, 0] or list(width[3]) != [0, 0]:
        return None
    return _pad(build, [*width[1], *width[2]], inputs)


def _pad(build, pads, inputs):
    if not any(pads):
        return inputs[0]
    before = build.nodes[inputs[0]]
    if before.op == "ZeroPadding2D":
        pads, inputs = [a + b for a, b in zip(pads, before.settings["pads"])], before.inputs
    return build.leaf("ZeroPadding2D", {"pads": list(pads)}, inputs)


def _pool(op):
    def rule(build, config, inputs, raw):
        size = pair(config["pool_size"])
        strides = pair(config.get("strides") or size)
        pads = [0, 0, 0, 0]
        if config.get("padding") == "same":
            pads = same_padding(build.nodes[inputs[0]].shape, size, strides)
        if size == strides == [1, 1]:
            return inputs[0]
        settings = {"pool_size": size, "strides": strides, "pads": pads}
        if _other_axes(config):
            settings["data_format"] = config["data_format"]
        return build.leaf(op, settings, inputs)

    return rule


def _global_average(build, config, inputs, raw):
    if config.get("keepdims") or config.get("data_format", "channels_last") != "channels_last":
        return None
    return build.leaf("GlobalAveragePooling2D", {}, inputs)


def _mean(build, config, inputs, raw):
    axis = config.get("axis")
    if config.get("keepdims") or not isinstance(axis, list) or sorted(a % 4 for a in axis) != [1, 2]:
        return None
    return build.leaf("GlobalAveragePooling2D", {}, inputs)


def _flatten(build, config, inputs, raw):
    before = build.nodes[inputs[0]].shape
    if _other_axes(config) and any(size != 1 for size in before[1:-1]):
        return build.leaf(f"?Flatten with data_format={config['data_format']!r}", {}, inputs)
    if len(build.shape) != 2 or math.prod(1 if s is None else s for s in before[1:]) != build.shape[1]:
        return inputs[0] if tuple(before) == tuple(build.shape) else None
    return inputs[0] if len(before) == 2 else build.leaf("Flatten", {}, inputs)


def _softmax(build, config, inputs, raw):
    axis = config.get("axis", -1)
    if not isinstance(axis, int) or axis % len(build.shape) != len(build.shape) - 1:
        return None
    return build.activation("softmax", inputs, build.index)


def _dropout(build, config, inputs, raw):
    return inputs[0] if config.get("rate") == 0 else None


def _block(build, config, inputs, raw):
    """A call of another exercise's function, recorded by its stand-in (see check.py)."""
    return build.leaf(raw["op"], dict(config), inputs)


_IDENTITIES = {"Identity", "ConvertToTensor"}  # a nested model begins with the latter
_ACTIVATIONS = {
    "relu": ("ReLU", {}),
    "relu6": ("ReLU", {"max_value": 6}),
    "Relu": ("ReLU", {}),
    "leaky_relu": ("ReLU", {"negative_slope": 0.2}),
    "softmax": ("Softmax", {}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
}
_RULES = {
    "InputLayer": _input,
    "Conv2D": _conv2d,
    "Dense": _dense,
    "BatchNormalization": _batch_normalization,
    "ReLU": _relu,
    "LeakyReLU": _relu,
    "Activation": _activation,
    "Relu": _named("relu"),
    "Relu6": _named("relu6"),
    "Sigmoid": _named("sigmoid"),
    "Tanh": _named("tanh"),
    "Softmax": _softmax,
    "Maximum": _maximum,
    "Add": _add,
    "Subtract": _merge("Subtract"),
    "Multiply": _merge("Multiply"),
    "Average": _merge("Average"),
    "Concatenate": _merge("Concatenate"),
    "ZeroPadding2D": _zero_padding,
    "Pad": _ops_pad,
    "MaxPooling2D": _pool("MaxPooling2D"),
    "AveragePooling2D": _pool("AveragePooling2D"),
    "MaxPool": _pool("MaxPooling2D"),
    "AveragePool": _pool("AveragePooling2D"),
    "GlobalAveragePooling2D": _global_average,
    "Mean": _mean,
    "Flatten": _flatten,
    "Reshape": _flatten,
    "Dropout": _dropout,
}
MERGES = {"Add", "Subtract", "Multiply", "Average", "Maximum", "Concatenate"}
COMMUTATIVE = {"Add", "Multiply", "Average", "Maximum"}


def _mark_shared_layers(graph):
    """A layer with weights that is called twice is not two layers: say so in its settings."""
    seen = {}
    for node in graph.nodes:
        if node.layer is not None and node.op in ("Conv2D", "Dense", "BatchNormalization"):
            seen.setdefault(node.layer, []).append(node)
    for nodes in seen.values():
        for node in nodes[1:]:
            node.settings["shares_weights"] = True


def _ignore_bias_before_batch_normalization(graph):
    """BatchNorm subtracts the mean, so a bias just before it is a redundant parameter."""
    for index, node in enumerate(graph.nodes):
        users = graph.users(index)
        if (
            node.op == "Conv2D"
            and users
            and index != graph.output
            and all(graph.nodes[u].op == "BatchNormalization" for u in users)
        ) and not node.settings.pop("use_bias"):
            graph.notes.append(
                "use_bias=False before BatchNormalization: the bias is redundant there, "
                "so no points are lost, but the parameter count differs from the task's"
            )


# ------------------------------------------------------------------ comparing


def fingerprint(graph):
    """A text that is equal for structurally equal graphs, or None where an operation is not understood.

    Only what the output depends on counts. The order of the inputs of a sum does not.
    """
    if graph.output is None:
        return None
    digests = {}
    for index in reachable(graph):
        node = graph.nodes[index]
        if node.op.startswith("?"):
            return None
        inputs = [digests[i] for i in node.inputs]
        if node.op in COMMUTATIVE:
            inputs.sort()
        shape = list(node.shape) if node.op == "Input" else None
        text = json.dumps([node.op, node.settings, inputs, shape], sort_keys=True)
        digests[index] = hashlib.sha256(text.encode()).hexdigest()
    return digests[graph.output]


def same_structure(one, other):
    """Whether two graphs are structurally equal. What is not understood is equal to nothing, not even to itself."""
    found = fingerprint(one)
    return found is not None and found == fingerprint(other)


def reachable(graph, output=None):
    """The indices of the nodes that the output depends on, each after its inputs."""
    order, known, todo = [], set(), [(graph.output if output is None else output, False)]
    while todo:
        index, done = todo.pop()
        if done:
            order.append(index)
        elif index not in known:
            known.add(index)
            todo.append((index, True))
            todo += [(i, False) for i in graph.nodes[index].inputs]
    return order


def expand(graph, templates):
    """The graph with every block that has a template replaced by the block's own nodes.

    `templates` maps (op, settings as JSON) to a Graph whose node 0 is the block's input.
    """
    result, place = Graph([], None, list(graph.notes)), {}
    for index, node in enumerate(graph.nodes):
        template = templates.get((node.op, json.dumps(node.settings, sort_keys=True)))
        if template is None:
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
