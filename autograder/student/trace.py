"""Record the Keras graph behind a tensor as a blueprint (see blueprint.py). Runs in the kernel."""

import functools
import math
import operator
import typing

import keras
import tensorflow as tf
from keras import ops, tree


def trace(source, result):
    """The blueprint of the graph from `source` to `result`, and the Keras tensor of each node.

    `source` is the keras.Input tensor that the student's function was given; `result` is what it
    returned, or None if it stopped with an error. Layers that were called but do not lead to the
    result are recorded too: they tell how far the code came, or that it returned the wrong tensor.
    Raises ValueError where the result does not come from the source.
    """
    recorder = _Recorder(source)
    called = _called_from(source)
    output = None if result is None else recorder.place(result)
    if output is not None and not recorder.uses_source:
        raise ValueError("the result does not depend on the input X")
    while any(recorder.place_if_complete(tensor) for tensor in called):
        pass  # a call can be recorded once all its inputs are
    return {"nodes": recorder.nodes, "output": output}, recorder.tensors


def is_symbolic(value):
    return isinstance(value, keras.KerasTensor)


def _called_from(source):
    """The output tensors of every call that the source leads to, in the order of the calls."""
    found, todo, tensors, known = [], [source], {id(source)}, set()
    while todo:
        tensor = todo.pop(0)
        for node in tensor._keras_history.operation._outbound_nodes:
            if id(node) in known or not any(id(t) in tensors for t in node.input_tensors):
                continue
            known.add(id(node))
            for output in node.outputs:
                tensors.add(id(output))
                found.append(output)
                todo.append(output)
    return found


class _Recorder:
    def __init__(self, source):
        self.nodes, self.tensors, self.places, self.layers = [], [], {}, {}
        self.alive = []  # a tensor that is recorded by its id must not be collected
        self.source, self.uses_source = source, False
        self._add(source, {"op": "InputLayer", "config": {}}, [])

    def _add(self, tensor, node, inputs):
        self.nodes.append({**node, "inputs": inputs, "shape": list(tensor.shape)})
        self.tensors.append(tensor)
        self.places[id(tensor)] = len(self.nodes) - 1
        return len(self.nodes) - 1

    def place(self, tensor):
        """The index of the node that computes `tensor`, recorded now if it is new."""
        if tensor is self.source:
            self.uses_source = True
        if id(tensor) in self.places:
            return self.places[id(tensor)]
        operation, node_index, tensor_index = tensor._keras_history
        call = operation._inbound_nodes[node_index]
        if not call.input_tensors:
            raise ValueError("the result depends on an Input that is not the given X")
        expanded = self._expand(operation, call, tensor_index)
        if expanded is not None:
            self.alive.append(expanded)
            place = self.places[id(tensor)] = self.place(expanded)
            return place
        inputs = [self.place(t) for t in call.input_tensors]
        return self._add(tensor, self._describe(operation, call), inputs)

    def place_if_complete(self, tensor):
        """Record a tensor that is not part of the result; return whether it was new and could be."""
        call = tensor._keras_history.operation._inbound_nodes[tensor._keras_history.node_index]
        if id(tensor) not in self.places and all(id(t) in self.places for t in call.input_tensors):
            inputs = [self.places[id(t)] for t in call.input_tensors]
            self._add(tensor, self._describe(tensor._keras_history.operation, call), inputs)
            return True
        return False

    def _expand(self, operation, call, tensor_index):
        """What a nested model, a Lambda or an own layer computes, as the graph of its parts."""
        if not _is_composite(operation):
            return None
        try:
            with _FUNCTIONS:
                result = operation.call(*call.arguments.args, **call.arguments.kwargs)
            result = tree.flatten(result)[tensor_index]
        except Exception:  # it cannot be looked into: it stays one unknown operation
            return None
        return result if is_symbolic(result) else None

    def _describe(self, operation, call):
        name = type(operation).__name__
        if not _is_keras(operation):
            name = getattr(operation, "blueprint_name", None) or f"{type(operation).__module__}.{name}"
        arguments = [a for a in call.arguments.args if not _holds_tensor(a)]
        settings = {k: v for k, v in call.arguments.kwargs.items() if v is not None and k != "mask" and not _holds_tensor(v)}
        number = self.layers.setdefault(id(operation), len(self.layers))
        found = {
            "op": name,
            "config": _config(operation),
            "args": plain(arguments),
            "call": plain(settings),
            "layer": number,
        }
        places = _places(call.arguments)
        return found if places == list(range(len(places))) else {**found, "places": places}


class _TensorFlowFunctions(tf.__internal__.dispatch.GlobalOpDispatcher):
    """Within it, TensorFlow's functions take Keras's symbolic tensors, as they do in a Lambda or an own layer: what Keras
    tells students to write who call `tf.nn.relu(X)`."""

    twins: typing.ClassVar = {
        "relu": lambda features: ops.relu(features),
        "relu6": lambda features: ops.relu6(features),
        "sigmoid": lambda x: ops.sigmoid(x),
        "tanh": lambda x: ops.tanh(x),
        "softmax": lambda logits, axis=None: ops.softmax(logits, -1 if axis is None else axis),
        "add": lambda x, y: ops.add(x, y),
        "subtract": lambda x, y: ops.subtract(x, y),
        "multiply": lambda x, y: ops.multiply(x, y),
        "maximum": lambda x, y: ops.maximum(x, y),
        "add_n": lambda inputs: functools.reduce(operator.add, inputs),
        "pad": lambda tensor, paddings, mode="CONSTANT", constant_values=0: ops.pad(
            tensor, paddings, mode.lower(), constant_values or None
        ),
        "reshape": lambda tensor, shape: ops.reshape(tensor, shape),
        "identity": lambda input: input,
        "concat": lambda values, axis: ops.concatenate(values, axis),
        "reduce_mean": lambda input_tensor, axis=None, keepdims=False: ops.mean(input_tensor, axis, keepdims),
    }
    active = False

    def __enter__(self):
        self.active = True

    def __exit__(self, *_):
        self.active = False

    def handle(self, op, args, kwargs):
        twin = self.twins.get(op.__name__.removesuffix("_v2")) if self.active else None
        kwargs = {key: value for key, value in kwargs.items() if key != "name"}
        return twin(*args, **kwargs) if twin else self.NOT_SUPPORTED


_FUNCTIONS = _TensorFlowFunctions()
_FUNCTIONS.register()


def _is_keras(operation):
    return type(operation).__module__.split(".")[0] == "keras"


def _is_composite(operation):
    if isinstance(operation, (keras.Model, keras.layers.Lambda)):
        return True
    if isinstance(operation, keras.layers.Activation):
        return function_name(operation.activation) is None
    return isinstance(operation, keras.layers.Layer) and not _is_keras(operation)


def _places(arguments):
    """For each tensor of a call, the position or the name of the argument that holds it."""
    given = [*enumerate(arguments.args), *sorted(arguments.kwargs.items())]
    return [place for place, value in given for part in tree.flatten(value) if is_symbolic(part)]


def _holds_tensor(value):
    return any(is_symbolic(v) for v in tree.flatten(value))


def function_name(function):
    """The name of an activation function of Keras or TensorFlow, None for anybody else's."""
    module = getattr(function, "__module__", None) or ""
    if module.split(".")[0] not in ("keras", "tensorflow") or not hasattr(function, "__name__"):
        return None
    return function.__name__.removesuffix("_v2")  # tf.nn.softmax calls itself softmax_v2


def _config(operation):
    """The operation's settings as plain data."""
    if hasattr(operation, "blueprint_config"):
        return plain(operation.blueprint_config)
    try:
        config = dict(operation.get_config())
    except Exception as error:
        return {"unreadable": type(error).__name__}
    config.pop("name", None)
    if isinstance(operation, keras.layers.Layer):
        config["dtype"] = operation.compute_dtype
        config["trainable"] = operation.trainable
    if callable(getattr(operation, "activation", None)):
        config["activation"] = function_name(operation.activation) or "another function"
    return plain(config)


def plain(value):
    """`value` as JSON data; a serialised Keras object keeps its class name and settings only."""
    if isinstance(value, dict):
        if "class_name" in value and "config" in value:
            value = {"class_name": value["class_name"], "config": value["config"]}
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no infinity
    if value is None or isinstance(value, (bool, int, float, str)):
        return value[:200] if isinstance(value, str) else value
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return repr(value)[:200]
