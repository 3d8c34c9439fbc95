"""What answers put out where Keras is tests/helpers/numpy_keras.py: this decides whether a mutant is truly wrong."""

import contextlib
import functools
import inspect
import types

import numpy as np

from tests.helpers.numpy_keras import (
    MERGED,
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Identity,
    Input,
    Lambda,
    Layer,
    LeakyReLU,
    MaxPooling2D,
    Model,
    ReLU,
    Reshape,
    Sequential,
    Softmax,
    ZeroPadding2D,
)
from tests.helpers.numpy_tensors import FUNCTIONS, STATE, Tensor, initializer, operation, rng

# ------------------------------------------------------------------ blocks


def mixed(x, channels, key):
    """A fixed function of x in place of a block's: of all channels, of neighbours, and not linear.

    Each channel is a weighted sum of a few of x, chosen so that none is left out: a product with all of them would take
    ten times as long.
    """
    y = x.astype("float32")
    y[:, :, :-1] += x[:, :, 1:] / 2
    y[:, :-1] -= x[:, 1:] / 3
    chosen, factors = mixing(key, x.shape[-1], channels)
    return np.sin(sum(y[..., one] * factor for one, factor in zip(chosen, factors)))


@functools.lru_cache(200)
def mixing(key, before, after):
    """Which channels make each new one, and their factors: arrays of (count, after)."""
    r, count = rng(*key), max(3, -(-before // after))
    chosen = np.concatenate([r.permutation(before) for _ in range(-(-count * after // before))])[: count * after]
    return chosen.reshape(count, after), r.uniform(-1.7, 1.7, (count, after)).astype("float32")


def block(name, keeps_shape):
    def call(X, f, filters, s=2, initializer=None):
        if not isinstance(f, int) or len(filters) != 3 or not isinstance(s, int):
            raise TypeError("arguments in the wrong order")
        token = initializer(seed=0) if callable(initializer) else initializer
        default = "RandomUniform(0)" if keeps_shape else "GlorotUniform(0)"
        if keeps_shape and filters[2] != X.shape[3]:
            raise ValueError("shapes differ")
        X = X if keeps_shape else X[:, ::s, ::s]
        return operation(mixed)(X, filters[2], (name, f, tuple(filters), token or default, X.shape[3]))

    return call


def identity_block(X, f, filters, initializer=None):
    return block("identity", True)(X, f, filters, 1, initializer)


def convolutional_block(X, f, filters, s=2, initializer=None):
    return block("convolutional", False)(X, f, filters, s, initializer)


# ------------------------------------------------------------------ running answers


def all_layers():
    """The module `layers`."""
    kinds = (Conv2D, Dense, ZeroPadding2D, MaxPooling2D, AveragePooling2D, GlobalAveragePooling2D, Flatten, Reshape, Softmax)
    kinds += (Identity, ReLU, LeakyReLU, BatchNormalization, Dropout, Activation, Lambda)
    return types.SimpleNamespace(
        **{kind.__name__: kind for kind in kinds},
        **MERGED,
        **{name.lower(): lambda pair, kind=kind: kind()(pair) for name, kind in MERGED.items()},
        Layer=Layer,
        Input=Input,
        Convolution2D=Conv2D,
        MaxPool2D=MaxPooling2D,
    )


def names():
    """The namespace in which a solution or a mutant of it runs."""
    titles = ("glorot_uniform", "GlorotUniform"), ("he_normal", "HeNormal"), ("random_uniform", "RandomUniform")
    initializers, layers = {name: initializer(title) for name, title in titles}, all_layers()
    ops = types.SimpleNamespace(
        relu=FUNCTIONS.relu,
        softmax=FUNCTIONS.softmax,
        add=operation(np.add),
        maximum=operation(np.maximum),
        pad=operation(np.pad),
    )
    keras = types.SimpleNamespace(
        layers=layers,
        ops=ops,
        Sequential=Sequential,
        Model=Model,
        Input=Input,
        models=types.SimpleNamespace(Sequential=Sequential, Model=Model),
        activations=FUNCTIONS,
    )
    tf = types.SimpleNamespace(
        nn=types.SimpleNamespace(relu=FUNCTIONS.relu, softmax=FUNCTIONS.softmax),
        maximum=ops.maximum,
        name_scope=lambda name: contextlib.nullcontext(),
    )
    return {
        **vars(layers),
        **initializers,
        "__name__": "__main__",
        "layers": layers,
        "keras": keras,
        "tf": tf,
        "np": np,
        "Model": Model,
        "identity_block": identity_block,
        "convolutional_block": convolutional_block,
    }


BLOCK_CASES = [
    {"shape": (5, 6, 4), "f": 3, "filters": [3, 5, 4], "initializer": "he_normal"},
    {"shape": (8, 7, 3), "f": 2, "filters": [4, 2, 3], "initializer": None},
    {"shape": (9, 6, 5), "f": 5, "filters": [2, 3, 5], "initializer": "random_uniform"},
    {"shape": (6, 6, 3), "f": 3, "filters": [3, 3, 3], "initializer": "glorot_uniform"},
]


def outputs(name, source):
    """What a solution of `name` puts out for all cases, modes and scales, one after the other; an exception where it
    raises one."""
    space = names()
    exec(source, space)
    function = space[name]
    for scale in (1.0, 30.0):
        for training in (False, True):
            for call in calls(name, function, space, scale):
                STATE.training, STATE.scale = training, scale
                yield outcome(call)


def calls(name, function, space, scale):
    if name == "ResNet50":
        return (
            [lambda: result_of(function()), lambda: result_of(function(input_shape=(128, 64, 1), classes=4))]
            if scale == 1.0
            else []
        )
    result = []
    for k, case in enumerate(BLOCK_CASES):
        x = rng(k).normal(size=(3, *case["shape"])) * scale
        options = {} if case["initializer"] is None else {"initializer": space[case["initializer"]]}
        if name == "convolutional_block" and k:
            options["s"] = k
        given = {"f": case["f"], **options}
        result.append(lambda x=x, case=case, given=given: by_kind(function, Tensor(x), list(case["filters"]), given))
    return result


def by_kind(function, x, filters, given):
    """The call with the arguments by name where the function takes them so."""
    kinds = [p.kind for p in inspect.signature(function).parameters.values()]
    if inspect.Parameter.POSITIONAL_ONLY in kinds:
        return function(x, given.pop("f"), filters, **given)
    parameters = list(inspect.signature(function).parameters)
    if "size" in parameters:  # renamed
        names = {"f": "size", "s": "stride", "initializer": "init"}
        return function(x, channels=filters, **{names[name]: value for name, value in given.items()})
    return function(x, filters=filters, **given)


def result_of(model):
    if not isinstance(model, Model):
        raise TypeError("this is no model")
    return model.outputs


def outcome(call):
    Layer.around = None
    try:
        with np.errstate(all="ignore"):
            return call().value
    except Exception as error:  # a mutant may fail in any way
        return error


def differ(a, b):
    """Whether two series of outputs differ anywhere; looks at them no further than to the first difference."""
    return any(
        isinstance(x, Exception)
        or isinstance(y, Exception)
        or x.shape != y.shape
        or not np.allclose(x, y, rtol=1e-7, atol=1e-9)
        for x, y in zip(a, b, strict=True)
    )
