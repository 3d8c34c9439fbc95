"""The names of the notebook, computed at once in NumPy: a second, tiny implementation of what the exercises use.

It decides whether a mutant is truly wrong, without Keras and without anything of the package: what the judge's oracle
computes by windows is computed here by shifting the picture, from the definitions.
Kernels are random numbers drawn from the initializer's name, its seed and the kernel's shape; BatchNormalization has
random weights, too. So two functions that agree on several inputs, in both modes and at two scales, are equal.

A Tensor holds its numbers and remembers what it was made of, so that a Model of two tensors can be called on a third.
"""

import contextlib
import functools
import inspect
import types
import zlib

import numpy as np

STATE = types.SimpleNamespace(training=False, scale=1.0)


def rng(*key):
    return np.random.default_rng(zlib.crc32(repr(key).encode()))


class Tensor:
    """Numbers, and the operation and its arguments that gave them."""

    def __init__(self, value, origin=None):
        self.value, self.origin = np.asarray(value, dtype=float), origin

    @property
    def shape(self):
        return (None, *self.value.shape[1:])

    dtype = "float32"

    @property
    def ndim(self):
        return self.value.ndim

    def __getitem__(self, key):
        return operation(lambda x: x[key])(self)

    def __iter__(self):
        raise TypeError("a symbolic tensor is no sequence")

    def __bool__(self):
        raise TypeError("a symbolic tensor has no truth value")


def tensors_in(value):
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [t for part in value for t in tensors_in(part)] if isinstance(value, (list, tuple)) else []


def mapped(function, value):
    """A structure with `function` applied to its tensors."""
    if isinstance(value, Tensor):
        return function(value)
    if isinstance(value, dict):
        return {key: mapped(function, part) for key, part in value.items()}
    return type(value)([mapped(function, part) for part in value]) if isinstance(value, (list, tuple)) else value


def operation(function):
    """A function of arrays as one of tensors."""

    @functools.wraps(function)
    def call(*args, **kwargs):
        value = function(*mapped(lambda t: t.value, args), **mapped(lambda t: t.value, kwargs))
        return Tensor(value, (function, args, kwargs)) if tensors_in([args, kwargs]) else value

    return call


for _name, _function in {"add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide}.items():
    setattr(Tensor, f"__{_name}__", operation(_function))
    setattr(Tensor, f"__r{_name}__", operation(lambda a, b, f=_function: f(b, a)))
Tensor.__neg__ = operation(np.negative)


def replayed(tensor, known):
    """The tensor computed anew, where those in `known` (by id) have other numbers."""
    if id(tensor) not in known:
        if tensor.origin is None:
            raise ValueError("the result does not depend on the model's input")
        function, args, kwargs = tensor.origin
        args, kwargs = mapped(lambda t: replayed(t, known), (args, kwargs))
        known[id(tensor)] = operation(function)(*args, **kwargs)
    return known[id(tensor)]


def check_made_of(tensor, source):
    """Raises ValueError where a tensor is made of others than `source`."""
    seen, todo = {id(source)}, [tensor]
    while todo:
        one = todo.pop()
        if id(one) not in seen:
            seen.add(id(one))
            if one.origin is None:
                raise ValueError("the result does not depend on the model's input")
            todo += tensors_in(one.origin[1:])


def initializer(name):
    return lambda seed=None: f"{name}({seed})"


def pair(value):
    return [value, value] if isinstance(value, int) else list(value)


def activate(name, x):
    return ACTIVATIONS[name](x)


ACTIVATIONS = {
    None: lambda x: x,
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "gelu": lambda x: x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))) / 2,
    "softplus": lambda x: np.logaddexp(0, x),
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-np.clip(x, -500, 500))),
    "softmax": lambda x: np.exp(x - np.logaddexp.reduce(x, -1, keepdims=True)),
}
FUNCTIONS = types.SimpleNamespace(
    **{name: operation(lambda x, name=name: activate(name, x)) for name in ACTIVATIONS if name}
)
FUNCTIONS.get = lambda name: getattr(FUNCTIONS, name)


def padded(x, padding, size, strides, value=0.0):
    """x with Keras's padding around height and width."""
    around = {"valid": lambda: [(0, 0), (0, 0)], "same": lambda: [same(*n) for n in zip(x.shape[1:3], size, strides)]}[
        padding
    ]()
    return np.pad(x, ((0, 0), *around, (0, 0)), constant_values=value)


def same(length, size, stride):
    """What padding "same" adds before and after: as many places as the stride leaves, the odd one at the end."""
    total = max((-(-length // stride) - 1) * stride + size - length, 0)
    return total // 2, total - total // 2


def shifted(x, size, strides, dilation=(1, 1)):
    """x as each entry (i, j) of a window sees it: pairs of the entry and an array with one pixel for each window."""
    places = [(n - (k - 1) * d - 1) // s + 1 for n, k, s, d in zip(x.shape[1:3], size, strides, dilation)]
    if min(places) < 1:
        raise ValueError("nothing is left of the picture")
    for entry in np.ndindex(*size):
        rows, columns = (slice(at * d, at * d + (n - 1) * s + 1, s) for at, n, s, d in zip(entry, places, strides, dilation))
        yield entry, x[:, rows, columns]


def kernel(token, shape):
    return rng(token, shape).normal(size=shape) / np.sqrt(np.prod(shape[:-1]))


# ------------------------------------------------------------------ layers


class Layer:
    """Keras's Layer: whoever calls it without a mode, or with what is its default anyway, has it work in the mode of the
    layer around, or of the network."""

    around = None  # the mode that a layer around was told

    def __init__(self, name=None, trainable=True, dtype=None):
        self.name = name

    def __call__(self, *args, training=None, **kwargs):
        parameter = inspect.signature(self.call).parameters.get("training")
        if training is None or (parameter and training == parameter.default):
            training = Layer.around
        if parameter:
            kwargs["training"] = training
        before, Layer.around = Layer.around, training
        try:
            return self.call(*args, **kwargs)
        finally:
            Layer.around = before


def simple(name, make):
    """A class of layers: `make` takes its settings and gives a function of arrays."""

    def __init__(self, *args, **kwargs):
        Layer.__init__(self)
        kwargs.pop("name", None)
        self.function = make(*args, **kwargs)

    def call(self, x):
        return operation(self.function)(x)

    return type(name, (Layer,), {"__init__": __init__, "call": call})


def convolution(
    filters,
    kernel_size,
    strides=1,
    padding="valid",
    activation=None,
    use_bias=True,
    dilation_rate=1,
    kernel_initializer="GlorotUniform(None)",
    groups=1,
    data_format="channels_last",
):
    size, strides = pair(kernel_size), pair(strides)
    if kernel_initializer == "glorot_uniform":
        kernel_initializer = "GlorotUniform(None)"

    def call(x):
        if x.ndim != 4:
            raise ValueError("a convolution needs a picture")
        weights = kernel(kernel_initializer, (*size, x.shape[3], filters))
        windows = shifted(padded(x, padding, size, strides), size, strides, pair(dilation_rate))
        y = sum(seen @ weights[entry] for entry, seen in windows)
        return activate(activation, y)

    return call


def dense(units, activation=None, kernel_initializer="GlorotUniform(None)", use_bias=True):
    return lambda x: activate(activation, x @ kernel(kernel_initializer, (x.shape[-1], units)))


def zero_padding(padding=1):
    (top, bottom), (left, right) = [pair(p) for p in pair(padding)]
    return lambda x: np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))


def largest(x, padding, size, strides):
    return np.max([seen for _, seen in shifted(padded(x, padding, size, strides, -np.inf), size, strides)], 0)


def average(x, padding, size, strides):
    """Keras counts no padding."""
    inside = np.ones_like(x)
    total, count = (sum(seen for _, seen in shifted(padded(a, padding, size, strides), size, strides)) for a in (x, inside))
    return total / count


def pool(function):
    def make(pool_size=2, strides=None, padding="valid"):
        return lambda x: function(x, padding, pair(pool_size), pair(strides or pool_size))

    return make


def rectifier(max_value=None, negative_slope=0.0, threshold=0.0):
    if (max_value, negative_slope, threshold) != (None, 0.0, 0.0):
        raise NotImplementedError("a ReLU with settings")
    return ACTIVATIONS["relu"]


Conv2D = simple("Conv2D", convolution)
Dense = simple("Dense", dense)
ZeroPadding2D = simple("ZeroPadding2D", zero_padding)
MaxPooling2D = simple("MaxPooling2D", pool(largest))
AveragePooling2D = simple("AveragePooling2D", pool(average))
GlobalAveragePooling2D = simple("GlobalAveragePooling2D", lambda: lambda x: x.mean((1, 2)))
Flatten = simple("Flatten", lambda: lambda x: x.reshape(len(x), -1))
Reshape = simple("Reshape", lambda shape: lambda x: x.reshape(len(x), *shape))
Softmax = simple("Softmax", lambda axis=-1: ACTIVATIONS["softmax"])
Identity = simple("Identity", lambda: lambda x: x)
ReLU = simple("ReLU", rectifier)
LeakyReLU = simple("LeakyReLU", lambda: lambda x: np.where(x > 0, x, 0.3 * x))


class BatchNormalization(Layer):
    def __init__(self, axis=-1, momentum=0.99, epsilon=1e-3, center=True, scale=True, name=None):
        super().__init__()
        self.axis, self.epsilon, self.center, self.scale = axis, epsilon, center, scale

    def call(self, x, training=None):
        return operation(self.normalised)(x, training)

    def normalised(self, x, training):
        x = np.moveaxis(x, self.axis, -1)
        size = x.shape[-1]
        r = rng("norm", size)
        gamma, beta = r.uniform(0.5, 1.5, size) * STATE.scale, r.normal(size=size)
        mean, variance = r.normal(size=size), r.uniform(0.5, 1.5, size)
        if in_training(training):
            flat = x.reshape(-1, size)
            mean = flat.sum(0) / len(flat)
            variance = ((flat - mean) ** 2).sum(0) / len(flat)
        y = (x - mean) / (variance + self.epsilon) ** 0.5
        y = y * gamma if self.scale else y
        return np.moveaxis(y + beta if self.center else y, -1, self.axis)


class Dropout(Layer):
    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def call(self, x, training=None):
        return operation(self.dropped)(x, training)

    def dropped(self, x, training):
        if not in_training(training) or self.rate == 0:
            return x
        return x * (rng("dropout", x.shape).uniform(size=x.shape) > self.rate) / (1 - self.rate)


def in_training(told):
    told = Layer.around if told is None else told
    return STATE.training if told is None else told


class Activation(Layer):
    def __init__(self, activation, name=None):
        super().__init__()
        self.activation = activation if callable(activation) else FUNCTIONS.get(activation or "linear")

    def call(self, x):
        return self.activation(x)


class Lambda(Layer):
    def __init__(self, function, name=None):
        super().__init__()
        self.function = function

    def call(self, x):
        return self.function(x)


class Sequential(Layer):
    def __init__(self, layers=(), name=None):
        super().__init__()
        self.layers = list(layers)

    def add(self, layer):
        self.layers.append(layer)

    def call(self, x, training=None):
        for layer in self.layers:
            x = layer(x)
        return x


class Model(Layer):
    def __init__(self, inputs=None, outputs=None, name=None):
        super().__init__()
        self.inputs, self.outputs = (v[0] if isinstance(v, list) else v for v in (inputs, outputs))
        if inputs is not None:
            check_made_of(self.outputs, self.inputs)

    def call(self, x):
        if x.shape != self.inputs.shape:
            raise ValueError("shapes differ")
        return replayed(self.outputs, {id(self.inputs): x})


def Input(shape=None, batch_shape=None):
    shape = tuple(batch_shape[1:] if shape is None else shape)
    return Tensor(rng("input", shape).normal(size=(1, *shape)) * STATE.scale)


def merge(name, function):
    def merged(inputs):
        first, second = inputs
        if first.shape != second.shape:
            raise ValueError("shapes differ")
        return function(first, second)

    return simple(name, lambda: merged)


MERGES = {
    "Add": np.add,
    "Subtract": np.subtract,
    "Multiply": np.multiply,
    "Maximum": np.maximum,
    "Average": lambda a, b: (a + b) / 2,
}
MERGED = {name: merge(name, function) for name, function in MERGES.items()}
MERGED["Concatenate"] = simple("Concatenate", lambda: lambda pair: np.concatenate(pair, -1))


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


def names():
    """The namespace in which a solution or a mutant of it runs."""
    titles = ("glorot_uniform", "GlorotUniform"), ("he_normal", "HeNormal"), ("random_uniform", "RandomUniform")
    initializers = {name: initializer(title) for name, title in titles}
    kinds = (Conv2D, Dense, ZeroPadding2D, MaxPooling2D, AveragePooling2D, GlobalAveragePooling2D, Flatten, Reshape, Softmax)
    kinds += (Identity, ReLU, LeakyReLU, BatchNormalization, Dropout, Activation, Lambda)
    layers = types.SimpleNamespace(
        **{kind.__name__: kind for kind in kinds},
        **MERGED,
        **{name.lower(): lambda pair, kind=kind: kind()(pair) for name, kind in MERGED.items()},
        Layer=Layer,
        Input=Input,
        Convolution2D=Conv2D,
        MaxPool2D=MaxPooling2D,
    )
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
