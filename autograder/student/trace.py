"""Record the Keras graph behind a tensor as a blueprint (see blueprint.py). Runs in the kernel."""

import functools
import inspect
import re

import keras
import numpy as np
from keras import tree

from .plain import plain
from .tensorflow_functions import FUNCTIONS


def trace(source, result, blocks=(), changed=frozenset()):
    """The blueprint of the graph from `source` to `result`, and the Keras tensor of each node.

    `source` is the keras.Input tensor that the student's function was given; `result` is what it
    returned, or None if it stopped with an error. Layers that were called but do not lead to the
    result are recorded too: they tell how far the code came, or that it returned the wrong tensor.
    `blocks` are calls of other exercises' functions as stand_ins.py keeps them, and `changed` the ids
    of variables that were given other values.
    Own layers are looked into in both modes; where the graph is another one while training, the blueprint has that one
    under "training". Raises ValueError where the result does not come from the source.
    """
    recorder = _Recorder(source, blocks, changed, False)
    found = recorder.record(result)
    if not recorder.looked_into:
        return found, recorder.tensors
    other = _Recorder(source, blocks, changed, True).record(result)
    return _both_modes(found, other), recorder.tensors


def _both_modes(inference, training):
    """One blueprint of those in both modes. What a layer is told in both is fixed; what is the mode itself is not."""
    fixed = [_without_mode(inference, False), _without_mode(training, True)]
    plain_graphs = [[{**n, "call": {**n["call"], "training": None}} for n in graph["nodes"]] for graph in fixed]
    if plain_graphs[0] != plain_graphs[1] or fixed[0]["output"] != fixed[1]["output"]:
        return {**fixed[0], "training": fixed[1]}
    nodes = [{**a, "call": {**b["call"], **a["call"]}} for a, b in zip(fixed[0]["nodes"], fixed[1]["nodes"])]
    return {"nodes": nodes, "output": fixed[0]["output"]}


def _without_mode(blueprint, mode):
    """The blueprint without the calls' `training` where it is just the mode in which it was recorded."""
    nodes = [
        {
            **node,
            "call": {key: value for key, value in node.get("call", {}).items() if key != "training" or value is not mode},
        }
        for node in blueprint["nodes"]
    ]
    return {**blueprint, "nodes": nodes}


def is_symbolic(value):
    return isinstance(value, keras.KerasTensor)


def called_from(source):
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
    """Records one graph; `training` is the mode in which own layers are looked into."""

    def __init__(self, source, blocks, changed, training):
        self.nodes, self.tensors, self.places, self.layers = [], [], {}, {}
        self.alive = []  # a tensor that is recorded by its id must not be collected
        self.source, self.uses_source, self.training, self.looked_into = source, False, training, False
        self.blocks = {id(result): (tensor, layer) for result, tensor, layer in blocks if is_symbolic(result)}
        self.changed, self.told = changed, set()
        dtype = {} if source.dtype in ("float32", "float64") else {"dtype": source.dtype}
        self._add(source, {"op": "InputLayer", "config": dtype}, [])

    def record(self, result):
        """The blueprint up to `result`, and of all that was called besides."""
        called = called_from(self.source)
        output = None if result is None else self.place(result)
        if output is not None and not self.uses_source:
            raise ValueError("the result does not depend on the input X")
        while not (self.blocks and result is not None) and any(self.place_if_complete(tensor) for tensor in called):
            pass  # a call can be recorded once all its inputs are; the inner calls of real blocks need not be
        return {"nodes": self.nodes, "output": output}

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
        if id(tensor) in self.blocks:
            before, layer = self.blocks[id(tensor)]
            inputs = [self.place(before)]
            return self._add(tensor, {"op": layer.blueprint_name, "config": layer.blueprint_config}, inputs)
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
        """What a nested model, a Lambda, an own layer or an own activation computes, as the graph of its parts."""
        if _has_own_activation(operation):
            return self._with_activation(operation, call)
        if not _is_composite(operation):
            return None
        self.looked_into = True
        args, kwargs = list(call.arguments.args), dict(call.arguments.kwargs)
        try:
            self._tell_mode(operation, call, kwargs)
            with FUNCTIONS, _told(self.training, self.told), _as_part(operation):
                result = operation.call(*args, **kwargs)
            result = tree.flatten(result)[tensor_index]
        except Exception:  # it cannot be looked into: it stays one unknown operation
            return None
        return result if is_symbolic(result) and _agrees(operation, call, tensor_index, result) else None

    def _tell_mode(self, operation, call, kwargs):
        """Put the mode into the arguments of an own layer as Keras would: unless it was told another one."""
        if _is_keras(type(operation).call) or "training" not in inspect.signature(operation.call).parameters:
            return
        default = inspect.signature(operation.call).parameters["training"].default
        if id(call) not in self.told and kwargs.get("training") in (None, default):
            kwargs["training"] = self.training

    def _with_activation(self, operation, call):
        """A layer whose activation is a function of the student's: the layer without, and the function."""
        name, config = self._named(operation)
        before = _Part(operation, name, {**config, "activation": "linear"}, call.outputs[0])
        try:
            with FUNCTIONS:
                result = operation.activation(before(*call.arguments.args, **call.arguments.kwargs))
        except Exception:  # it cannot be looked into
            return None
        return result if is_symbolic(result) else None

    def _describe(self, operation, call):
        name, config = self._named(operation)
        arguments = [a for a in call.arguments.args if not _holds_tensor(a)]
        settings = {k: v for k, v in call.arguments.kwargs.items() if v is not None and k != "mask" and not _holds_tensor(v)}
        number = self.layers.setdefault(id(getattr(operation, "part_of", operation)), len(self.layers))
        found = {"op": name, "config": config, "args": plain(arguments), "call": plain(settings), "layer": number}
        places = _places(call.arguments)
        return found if places == list(range(len(places))) else {**found, "places": places}

    def _named(self, operation):
        """The name and the settings of an operation; a subclass that adds nothing is what it is a subclass of."""
        kind = _keras_class(operation)
        if hasattr(operation, "blueprint_name"):
            return operation.blueprint_name, plain(operation.blueprint_config)
        config = _config(operation, kind)
        names = [v.name for v in getattr(operation, "weights", ()) if id(v) in self.changed]
        if names and isinstance(operation, keras.layers.Layer):
            config["changed_weights"] = sorted(names)
        own = kind is None or not _adds_nothing(operation, kind)
        return (f"{type(operation).__module__}.{type(operation).__name__}" if own else kind.__name__), config


# ------------------------------------------------------------------ what is looked into


class _Part(keras.Operation):
    """What a Keras layer computes within a student's subclass of it, or before the student's activation."""

    def __init__(self, layer, name, config, output):
        super().__init__()
        self.part_of, self.blueprint_name, self.blueprint_config = layer, name, config
        self.spec = (output.shape, output.dtype)

    def compute_output_spec(self, *args, **kwargs):
        return keras.KerasTensor(*self.spec)


class _told:
    """Within it, layers that are not told a mode are called in this one, as they are within a layer that Keras calls.

    The ids of such calls are added to `calls`.
    """

    def __init__(self, training, calls):
        self.training, self.calls = training, calls

    def __enter__(self):
        self.before = before = keras.layers.Layer.__call__

        @functools.wraps(before)
        def call(layer, *args, **kwargs):
            if kwargs.get("training") is None and _takes_training(layer, args):
                kwargs["training"] = self.training
            result = before(layer, *args, **kwargs)
            if any(map(is_symbolic, tree.flatten(result))):
                self.calls.add(id(layer._inbound_nodes[-1]))
            return result

        keras.layers.Layer.__call__ = call

    def __exit__(self, *_):
        keras.layers.Layer.__call__ = self.before


def _takes_training(layer, args):
    """Whether a layer has an argument `training` that its positional arguments leave open."""
    names = list(inspect.signature(layer.call).parameters)
    return "training" in names and names.index("training") >= len(args)


class _as_part:
    """Within it, `super().call(...)` of a student's subclass of a Keras layer is that layer, not its operations."""

    def __init__(self, operation):
        self.operation, self.kind = operation, _keras_class(operation)
        self.own = isinstance(operation, keras.layers.Layer) and self.kind not in (None, *_ABSTRACT)

    def __enter__(self):
        if not self.own or _adds_nothing(self.operation, self.kind):
            return
        self.had, original, operation, kind = "call" in vars(self.kind), self.kind.call, self.operation, self.kind
        self.original = original

        def call(layer, *args, **kwargs):
            if layer is not operation or not is_symbolic(args[0]):
                return original(layer, *args, **kwargs)
            shape = kind.compute_output_shape(layer, args[0].shape)
            output = keras.KerasTensor(shape, args[0].dtype)
            return _Part(layer, kind.__name__, _config(layer, kind), output)(*args, **kwargs)

        kind.call = call
        self.patched = True

    def __exit__(self, *_):
        if getattr(self, "patched", False):
            if self.had:
                self.kind.call = self.original
            else:
                del self.kind.call


_ABSTRACT = (keras.layers.Layer, keras.Model, keras.Sequential, keras.layers.Wrapper, keras.layers.Lambda, keras.layers.RNN)


def _is_keras(something):
    return something.__module__.split(".")[0] == "keras"


def _keras_class(operation):
    """The nearest class of Keras's own that an operation is of; None where there is none."""
    return next((kind for kind in type(operation).__mro__ if _is_keras(kind)), None)


def _adds_nothing(operation, kind):
    """Whether an operation computes just what its Keras class does."""
    if type(operation) is kind:
        return True
    if kind in (None, keras.Operation, *_ABSTRACT):
        return False
    return all(getattr(type(operation), name) is getattr(kind, name) for name in ("call", "__call__"))


def _is_composite(operation):
    if isinstance(operation, (keras.Model, keras.layers.Lambda)):
        return True
    if isinstance(operation, keras.layers.Activation):
        return function_name(operation.activation) is None
    if hasattr(operation, "blueprint_name"):
        return False
    return isinstance(operation, keras.layers.Layer) and not _adds_nothing(operation, _keras_class(operation))


def _has_own_activation(operation):
    """Whether a convolution or a dense layer has an activation that is no named function of Keras's."""
    function = getattr(operation, "activation", None)
    if not isinstance(operation, keras.layers.Layer) or not callable(function) or function_name(function) is not None:
        return False
    kind = _keras_class(operation)
    return re.search("Conv|Dense", kind.__name__) is not None and _adds_nothing(operation, kind)


def _agrees(operation, call, index, result):
    """Whether a Lambda or an own layer without weights does with values what its graph does.

    Where that cannot be tried, it does.
    """
    if isinstance(operation, keras.Model) or getattr(operation, "weights", None):
        return True
    rng = np.random.default_rng(0)
    try:
        given = [rng.normal(size=[size or 2 for size in t.shape]).astype(t.dtype) for t in call.input_tensors]
        values = dict(zip(map(id, call.input_tensors), given))
        args, kwargs = tree.map_structure(
            lambda part: keras.ops.convert_to_tensor(values[id(part)]) if id(part) in values else part,
            (list(call.arguments.args), dict(call.arguments.kwargs)),
        )
        mine = tree.flatten(operation.call(*args, **kwargs))[index]
        theirs = keras.Function(call.input_tensors, result)(given)
        return bool(np.allclose(mine, theirs, rtol=1e-3, atol=1e-4))
    except Exception:
        return True


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


def _config(operation, kind):
    """The operation's settings as plain data, those of its Keras class."""
    activation = getattr(operation, "activation", None)
    own = callable(activation) and function_name(activation) is None
    try:
        if own:  # perhaps it cannot be serialised
            operation.activation = keras.activations.linear
        config = dict((kind or type(operation)).get_config(operation))
    except Exception as error:
        return {"unreadable": type(error).__name__}
    finally:
        if own:
            operation.activation = activation
    config.pop("name", None)
    if isinstance(operation, keras.layers.Layer):
        config["dtype"] = operation.compute_dtype
        config["trainable"] = operation.trainable
    if callable(getattr(operation, "activation", None)):
        config["activation"] = function_name(operation.activation) or "another function"
    return plain(config)
