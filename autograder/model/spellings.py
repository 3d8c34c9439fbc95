"""How each layer and function of Keras is put into normal form: the rules of the table of operations.

A rule is called with the Builder (see normal_form.py), the config of the node, the places of its inputs and the node
itself. It returns the place of the result, or None where it does not understand these settings.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .graph import UNKNOWN, Settings
from .keras_settings import call_of, initializer_text, number, pair, same_padding

if TYPE_CHECKING:
    from .normal_form import Builder

Rule = Callable[["Builder", dict[str, Any], list[int], dict[str, Any]], int | None]
MAX_SUMMANDS = 100  # a longer sum of sums is not made flat
ACTIVATIONS: dict[str | None, tuple[str, Settings]] = {
    "relu": ("ReLU", {}),
    "relu6": ("ReLU", {"max_value": 6}),
    "leaky_relu": ("ReLU", {"negative_slope": 0.2}),
    "softmax": ("Softmax", {}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "elu": ("Elu", {}),
    "selu": ("Selu", {}),
    "gelu": ("Gelu", {"approximate": False}),
    "silu": ("Silu", {}),
    "swish": ("Silu", {}),
    "softplus": ("Softplus", {}),
    "softsign": ("Softsign", {}),
    "exponential": ("Exp", {}),
    "hard_sigmoid": ("HardSigmoid", {}),
    "hard_silu": ("HardSilu", {}),
    "mish": ("Mish", {}),
    "log_softmax": ("LogSoftmax", {}),
}


def _weights(config: dict[str, Any], *initializers: str) -> Settings:
    """The settings that every layer with weights has."""
    settings: Settings = {key: initializer_text(config.get(key)) for key in initializers}
    settings["trainable"] = bool(config.get("trainable", True))
    if (config.get("dtype") or "float32") != "float32":
        settings["dtype"] = config["dtype"]
    if config.get("changed_weights"):
        settings["changed_weights"] = [str(name) for name in config["changed_weights"]]
    for key in ("kernel_constraint", "bias_constraint", "gamma_constraint", "beta_constraint"):
        if config.get(key) is not None:
            settings[key] = initializer_text(config[key])
    return settings


def _note_regularizers(build: "Builder", config: dict[str, Any]) -> None:
    build.notes += [
        f"a {key} that the task does not ask for"
        for key in sorted(config)
        if key.endswith("_regularizer") and config[key] is not None
    ]


def _other_axes(config: dict[str, Any]) -> bool:
    """Whether a layer takes its channels elsewhere than on the last axis."""
    return config.get("data_format", "channels_last") not in (None, "channels_last")


# ------------------------------------------------------------------ rules for anything


def as_it_is(build: "Builder", config: dict[str, Any], inputs: list[int], raw: dict[str, Any]) -> int | None:
    """A layer or function whose settings need no other form than Keras gives them."""
    layer = "trainable" in config
    settings: Settings = {}
    for key, value in config.items():
        if key in ("name", "activation", "quantization_config") or key.endswith("_regularizer"):
            continue
        if layer and (key in ("trainable", "seed") or (key == "dtype" and value in (None, "float32"))):
            continue
        if isinstance(value, dict):
            settings[key] = initializer_text(value)
        elif value is not None:
            settings[key] = number(value)
    if layer and config.get("trainable") is False:
        settings["trainable"] = False
    _note_regularizers(build, config)
    call = call_of(raw)
    if layer:
        call = {key: value for key, value in call.items() if key == "result"}
        if raw.get("args") or (raw.get("call") or {}).keys() - {"training"}:
            return None
    fused = config.get("activation") not in (None, "linear")
    place = build.add(raw["op"], settings | call, inputs, build.shape, None if fused else build.index, build.layer)
    return build.activation(config["activation"], [place], build.index) if fused else place


def under(name: str) -> Rule:
    """Another name of the operation `name`."""
    return lambda build, config, inputs, raw: as_it_is(build, config, inputs, {**raw, "op": name})


def identity(build: "Builder", config: dict[str, Any], inputs: list[int], raw: dict[str, Any]) -> int | None:
    """What returns its only input; a nested model begins with ConvertToTensor."""
    return inputs[0] if len(inputs) == 1 else None


def activation(build: "Builder", config: dict[str, Any], inputs: list[int], raw: dict[str, Any]) -> int | None:
    """The layer Activation."""
    name = config.get("activation")
    return build.activation(name if name is None else str(name), inputs, build.index)


def named(name: str) -> Rule:
    """A rule for a keras.ops function that is the activation `name`, called with no further argument."""
    return lambda build, config, inputs, raw: build.activation(name, inputs, build.index)


# ------------------------------------------------------------------ rules for layers


def input_(build: "Builder", config: dict[str, Any], inputs: list[int], raw: dict[str, Any]) -> int | None:
    """The layer Input, and a tensor that an exercise gives."""
    return build.leaf("Input", {"dtype": str(config["dtype"])} if config.get("dtype") else {}, inputs)


def conv2d(build: "Builder", config: dict[str, Any], inputs: list[int], raw: dict[str, Any]) -> int | None:
    """Conv2D: its padding, and zeros added before it, as numbers; its activation as a node of its own."""
    (before,) = inputs
    settings = _weights(config, "kernel_initializer", "bias_initializer")
    size, dilation = pair(config["kernel_size"]), pair(config.get("dilation_rate", 1))
    settings |= {
        "filters": config["filters"],
        "kernel_size": size,
        "strides": pair(config["strides"]),
        "dilation_rate": [1 if k == 1 else d for k, d in zip(size, dilation)],  # one entry has no gaps
        "groups": config.get("groups", 1),
        "use_bias": bool(config.get("use_bias", True)),
        "data_format": config.get("data_format", "channels_last"),
    }
    pads = [0, 0, 0, 0]
    if config.get("padding") == "same":
        shape = build.nodes[before].shape
        shape = shape if not _other_axes(config) else (shape[0], *shape[2:], shape[1])
        pads = same_padding(shape, size, settings["strides"], settings["dilation_rate"])
    padding = build.nodes[before]
    if padding.op == "ZeroPadding2D" and not _other_axes(config):
        pads = [a + b for a, b in zip(pads, padding.settings["pads"])]
        before = padding.inputs[0]
    settings["pads"] = pads
    _note_regularizers(build, config)
    fused = config.get("activation") not in (None, "linear")
    if _is_gate(build, before) and size == [1, 1] and not any(pads) and settings["groups"] == 1:
        return dense(build, {**config, "units": config["filters"]}, [before], {})  # of one pixel, it is a dense layer
    place = build.add("Conv2D", settings, [before], build.shape, None if fused else build.index, build.layer)
    return build.activation(config.get("activation"), [place], build.index)


def _is_gate(build: "Builder", index: int) -> bool:
    """Whether a tensor is one pixel that is made of a whole picture, perhaps with dense layers and activations between."""
    node = build.nodes[index]
    if node.shape[1:3] != (1, 1):
        return False
    while node.op == "Dense" or node.op in [op for op, _ in ACTIVATIONS.values()]:
        node = build.nodes[node.inputs[0]]
    return node.op.startswith("Global") or node.op in ("Mean", "Max", "Reshape")


def dense(build: "Builder", config: dict[str, Any], inputs: list[int], raw: dict[str, Any]) -> int | None:
    """Dense, its activation as a node of its own."""
    settings = _weights(config, "kernel_initializer", "bias_initializer")
    settings |= {"units": config["units"], "use_bias": bool(config.get("use_bias", True))}
    _note_regularizers(build, config)
    fused = config.get("activation") not in (None, "linear")
    place = build.add("Dense", settings, inputs, build.shape, None if fused else build.index, build.layer)
    return build.activation(config.get("activation"), [place], build.index)


def batch_normalization(build: "Builder", config: dict[str, Any], inputs: list[int], raw: dict[str, Any]) -> int | None:
    """BatchNormalization, with the mode only where the call sets it."""
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
    training = (raw.get("call") or {}).get("training")
    if training is not None:
        settings["training"] = bool(training)
    _note_regularizers(build, config)
    return build.leaf("BatchNormalization", settings, inputs)


def relu(build: "Builder", config: dict[str, Any], inputs: list[int], raw: dict[str, Any]) -> int | None:
    """The layer ReLU; the ReLU of a ReLU is one."""
    settings: Settings = {}
    if config.get("max_value") is not None and config["max_value"] != math.inf:
        settings["max_value"] = number(config["max_value"])
    for key in ("negative_slope", "threshold"):
        if config.get(key):
            settings[key] = config[key]
    before = build.nodes[inputs[0]]
    if not settings and before.op == "ReLU" and not before.settings:
        return inputs[0]
    return build.leaf("ReLU", settings, inputs)


def softmax(build: "Builder", config: dict[str, Any], inputs: list[int], raw: dict[str, Any]) -> int | None:
    """The layer Softmax: along the last axis it is the activation."""
    axis = config.get("axis", -1)
    if isinstance(axis, int) and axis % len(build.shape) == len(build.shape) - 1:
        return build.activation("softmax", inputs, build.index)
    return build.leaf("Softmax", {"axis": axis}, inputs)


def dropout(build: "Builder", config: dict[str, Any], inputs: list[int], raw: dict[str, Any]) -> int | None:
    """Dropout or noise: with rate or standard deviation 0 it is nothing."""
    return inputs[0] if config.get("rate", config.get("stddev")) == 0 else as_it_is(build, config, inputs, raw)


def zero_padding(build: "Builder", config: dict[str, Any], inputs: list[int], raw: dict[str, Any]) -> int | None:
    """ZeroPadding2D."""
    if _other_axes(config):
        return build.leaf(f"{UNKNOWN}ZeroPadding2D with data_format={config['data_format']!r}", {}, inputs)
    value = config["padding"]
    (top, bottom), (left, right) = [
        (v, v) if isinstance(v, int) else v for v in ((value, value) if isinstance(value, int) else value)
    ]
    return _pad(build, [top, bottom, left, right], inputs)


def pad(build: "Builder", config: dict[str, Any], inputs: list[int], raw: dict[str, Any]) -> int | None:
    """keras.ops.pad: zeros around height and width are a ZeroPadding2D."""
    width = config.get("pad_width")
    plain = config.get("mode", "constant") == "constant" and not (raw.get("call") or {}).get("constant_values")
    if not plain or raw.get("args") or not isinstance(width, list) or len(width) != 4:
        return as_it_is(build, config, inputs, raw)
    if list(width[0]) != [0, 0] or list(width[3]) != [0, 0]:
        return as_it_is(build, config, inputs, raw)
    return _pad(build, [*width[1], *width[2]], inputs)


def _pad(build: "Builder", pads: list[int], inputs: list[int]) -> int:
    if not any(pads):
        return inputs[0]
    before = build.nodes[inputs[0]]
    if before.op == "ZeroPadding2D":
        pads, inputs = [a + b for a, b in zip(pads, before.settings["pads"])], list(before.inputs)
    return build.leaf("ZeroPadding2D", {"pads": list(pads)}, inputs)


def pool(op: str) -> Rule:
    """MaxPooling2D or AveragePooling2D, its padding as numbers."""

    def rule(build: "Builder", config: dict[str, Any], inputs: list[int], raw: dict[str, Any]) -> int | None:
        shape = build.nodes[inputs[0]].shape
        if len(shape) != 4:
            return None
        size = pair(config["pool_size"])
        strides = pair(config.get("strides") or size)
        pads = [0, 0, 0, 0]
        if config.get("padding") == "same":
            pads = same_padding(shape if not _other_axes(config) else (shape[0], *shape[2:]), size, strides)
        settings: Settings = {"pool_size": size, "strides": strides, "pads": pads}
        if _other_axes(config):
            settings["data_format"] = config["data_format"]
        return build.leaf(op, settings, inputs)

    return rule


def global_average(build: "Builder", config: dict[str, Any], inputs: list[int], raw: dict[str, Any]) -> int | None:
    """GlobalAveragePooling2D."""
    if config.get("keepdims") or _other_axes(config):
        return as_it_is(build, config, inputs, raw)
    return build.leaf("GlobalAveragePooling2D", {}, inputs)


def flatten(build: "Builder", config: dict[str, Any], inputs: list[int], raw: dict[str, Any]) -> int | None:
    """Flatten, or a Reshape that flattens or changes nothing; another Reshape is one of its own."""
    before = build.nodes[inputs[0]].shape
    if _other_axes(config) and any(size != 1 for size in before[1:-1]):
        return build.leaf(f"{UNKNOWN}Flatten with data_format={config['data_format']!r}", {}, inputs)
    if len(build.shape) != 2 or math.prod(1 if s is None else s for s in before[1:]) != build.shape[1]:
        same = tuple(before) == tuple(build.shape)
        return inputs[0] if same else build.leaf("Reshape", {"shape": list(build.shape[1:])}, inputs)
    return inputs[0] if len(before) == 2 else build.leaf("Flatten", {}, inputs)


# ------------------------------------------------------------------ rules for functions


def maximum(build: "Builder", config: dict[str, Any], inputs: list[int], raw: dict[str, Any]) -> int | None:
    """keras.ops.maximum: with 0 it is ReLU, otherwise a merge."""
    if len(inputs) == 1 and raw.get("args") in ([0], [0.0]):
        return build.activation("relu", inputs, build.index)
    return merge(build, config, inputs, {**raw, "op": "Maximum"})


def add(build: "Builder", config: dict[str, Any], inputs: list[int], raw: dict[str, Any]) -> int | None:
    """Add and keras.ops.add: + 0 is nothing, and a sum of sums is one sum."""
    if len(inputs) == 1:  # a list of one tensor, X + 0, and X + a number
        nothing = raw.get("args") in ([0], [0.0]) or not call_of(raw)
        return inputs[0] if nothing else as_it_is(build, {}, inputs, raw)
    flat: list[int] = []
    for i in inputs:  # (a + b) + c is a + b + c where the inner sum is used nowhere else
        node = build.nodes[i]
        inner = node.op == "Add" and not node.settings and node.source is not None and build.uses[node.source] == 1
        flat += node.inputs if inner else [i]
    return build.leaf("Add", {}, flat if len(flat) <= MAX_SUMMANDS else inputs)


def merge(build: "Builder", config: dict[str, Any], inputs: list[int], raw: dict[str, Any]) -> int | None:
    """Tensors joined into one; with a literal argument it is a function of one tensor."""
    if len(inputs) < 2 or raw.get("args"):
        return as_it_is(build, {}, inputs, raw)
    axis = {"axis": config.get("axis", -1) % len(build.shape)} if raw["op"] == "Concatenate" else {}
    return build.leaf(raw["op"], axis, inputs)


def mean(build: "Builder", config: dict[str, Any], inputs: list[int], raw: dict[str, Any]) -> int | None:
    """keras.ops.mean: over height and width it is global average pooling."""
    axis = config.get("axis")
    if config.get("keepdims") or not isinstance(axis, list) or sorted(a % 4 for a in axis) != [1, 2]:
        return as_it_is(build, config, inputs, raw)
    return build.leaf("GlobalAveragePooling2D", {}, inputs)
