"""Look into what a student made: own layers, Lambdas, nested models and activations become the operations inside."""

import functools
import inspect
import re
import sys

import keras
import numpy as np
from keras import tree

from .plain import plain
from .tensorflow_functions import FUNCTIONS

_ABSTRACT = (keras.layers.Layer, keras.Model, keras.Sequential, keras.layers.Wrapper, keras.layers.Lambda, keras.layers.RNN)


class Inside:
    """Looks into operations in one mode, `training` or not; `told` holds the ids of the calls within them, and
    `takes_mode` tells whether any of what was looked into takes a mode.

    `agreed` are the ids of calls, which take no mode, whose values were found to be those of their graph.
    """

    def __init__(self, training, agreed=()):
        self.training, self.takes_mode, self.told, self.agreed = training, False, set(), set(agreed)

    def of(self, operation, call, tensor_index):
        """The tensor that a nested model, a Lambda, an own layer or an own activation computes, as the graph of its parts;
        None where the operation is one of Keras's, or cannot be looked into."""
        if _has_own_activation(operation):
            return _with_activation(operation, call)
        if not _is_composite(operation):
            return None
        args, kwargs = list(call.arguments.args), dict(call.arguments.kwargs)
        try:
            self._tell_mode(operation, call, kwargs)
            with FUNCTIONS, _Told(self), _AsPart(operation):
                result = operation.call(*args, **kwargs)
            result = tree.flatten(result)[tensor_index]
        except Exception:  # it stays one unknown operation
            return None
        if not is_symbolic(result):
            return None
        if id(call) in self.agreed and kwargs.get("training") is None:
            return result
        if not _agrees(operation, args, kwargs, tensor_index, result):
            return None
        self.agreed.add(id(call))
        return result

    def _tell_mode(self, operation, call, kwargs):
        """Put the mode into the arguments of an own layer as Keras would: unless it was told another one."""
        if id(call) not in self.told and _is_default(operation, kwargs.get("training")):
            kwargs["training"], self.takes_mode = self.training, True


def named(operation):
    """The name and the settings of an operation; a subclass that adds nothing is what it is a subclass of."""
    if hasattr(operation, "blueprint_name"):
        return operation.blueprint_name, plain(operation.blueprint_config)
    kind = _keras_class(operation)
    own = kind is None or not _adds_nothing(operation, kind)
    name = f"{type(operation).__module__}.{type(operation).__name__}" if own else kind.__name__
    return name, _config(operation, kind)


def is_symbolic(value):
    """Whether a value is a Keras tensor without numbers."""
    return isinstance(value, keras.KerasTensor)


def _with_activation(operation, call):
    """A layer whose activation is a function of the student's: the layer without, and the function."""
    name, config = named(operation)
    before = _Part(operation, name, {**config, "activation": "linear"}, call.outputs[0])
    try:
        with FUNCTIONS:
            result = operation.activation(before(*call.arguments.args, **call.arguments.kwargs))
    except Exception:  # it cannot be looked into
        return None
    return result if is_symbolic(result) else None


class _Part(keras.Operation):
    """What a Keras layer computes within a student's subclass of it, or before the student's activation."""

    def __init__(self, layer, name, config, output):
        super().__init__()
        self.part_of, self.blueprint_name, self.blueprint_config = layer, name, config
        self.spec = (output.shape, output.dtype)

    def compute_output_spec(self, *args, **kwargs):
        return keras.KerasTensor(*self.spec)


class _Told:
    """Within it, layers that are not told a mode are called in that of `inside`, as they are within a layer that Keras
    calls."""

    def __init__(self, inside):
        self.inside = inside

    def __enter__(self):
        self.before, inside = keras.layers.Layer.__call__, self.inside
        before = self.before

        @functools.wraps(before)
        def call(layer, *args, **kwargs):
            if _is_open(layer, kwargs.get("training"), sys._getframe(1)) and _takes_training(layer, args):
                kwargs["training"], inside.takes_mode = inside.training, True
            result = before(layer, *args, **kwargs)
            if any(map(is_symbolic, tree.flatten(result))):
                inside.told.add(id(layer._inbound_nodes[-1]))
            return result

        keras.layers.Layer.__call__ = call

    def __exit__(self, *_):
        keras.layers.Layer.__call__ = self.before


def _is_open(layer, told, caller):
    """Whether a layer is not told a mode; a model of Keras's repeats the default with which an own layer was built."""
    by_model = caller.f_globals.get("__name__", "").startswith("keras.src.models")
    return told is None or (by_model and _is_default(layer, told))


def _is_default(layer, told):
    """Whether an own layer that takes `training` is told nothing, or what is its default anyway."""
    parameter = None if _is_keras(type(layer).call) else inspect.signature(layer.call).parameters.get("training")
    return parameter is not None and told in (None, parameter.default)


def _takes_training(layer, args):
    """Whether a layer has an argument `training` that its positional arguments leave open."""
    names = list(inspect.signature(layer.call).parameters)
    return "training" in names and names.index("training") >= len(args)


class _AsPart:
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


def _agrees(operation, args, kwargs, index, result):
    """Whether a Lambda or an own layer without weights or layers in it does with values what its graph does.

    Where that cannot be tried, it does.
    """
    parts = [operation, *getattr(operation, "__dict__", {}).values()]
    if getattr(operation, "weights", None) or any(isinstance(part, (keras.Model, keras.layers.Layer)) for part in parts[1:]):
        return True
    if isinstance(operation, keras.Model):
        return True
    rng, given = np.random.default_rng(0), {}

    def value_of(part):
        if not is_symbolic(part):
            return part
        array = rng.normal(size=[size or 2 for size in part.shape]).astype(part.dtype)
        return given.setdefault(id(part), (part, keras.ops.convert_to_tensor(array)))[1]

    try:
        args, kwargs = tree.map_structure(value_of, (args, kwargs))
        mine = tree.flatten(operation.call(*args, **kwargs))[index]
        inputs, arrays = zip(*given.values())
        theirs = keras.Function(list(inputs), result)(list(arrays))
        return bool(np.allclose(mine, theirs, rtol=1e-3, atol=1e-4))
    except Exception:
        return True


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
