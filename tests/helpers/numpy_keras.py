"""The names of the notebook, computed at once in NumPy: a second, tiny implementation of what the exercises use.

It decides whether a mutant is truly wrong, without Keras and without anything of the package: what the judge's oracle
computes by windows is computed here by shifting the picture, from the definitions.
Kernels are random numbers drawn from the initializer's name, its seed and the kernel's shape; BatchNormalization has
random weights, too. So two functions that agree on several inputs, in both modes and at two scales, are equal.
"""

import types
import zlib

import numpy as np

STATE = types.SimpleNamespace(training=False, scale=1.0)


def rng(*key):
    return np.random.default_rng(zlib.crc32(repr(key).encode()))


def initializer(name):
    return lambda seed=None: f"{name}({seed})"


def pair(value):
    return [value, value] if isinstance(value, int) else list(value)


def activate(name, x):
    functions = {
        None: lambda x: x,
        "linear": lambda x: x,
        "relu": lambda x: np.maximum(x, 0),
        "relu6": lambda x: np.clip(x, 0, 6),
        "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
        "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
        "tanh": np.tanh,
        "sigmoid": lambda x: 1 / (1 + np.exp(-np.clip(x, -500, 500))),
        "softmax": lambda x: np.exp(x - np.logaddexp.reduce(x, -1, keepdims=True)),
    }
    return functions[name](x)


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


def Conv2D(
    filters,
    kernel_size,
    strides=1,
    padding="valid",
    activation=None,
    use_bias=True,
    dilation_rate=1,
    kernel_initializer="GlorotUniform(None)",
    name=None,
):
    size, strides = pair(kernel_size), pair(strides)

    def call(x):
        if x.ndim != 4:
            raise ValueError("a convolution needs a picture")
        weights = kernel(kernel_initializer, (*size, x.shape[3], filters))
        windows = shifted(padded(x, padding, size, strides), size, strides, pair(dilation_rate))
        y = sum(seen @ weights[entry] for entry, seen in windows)
        return activate(activation, y)

    return call


def BatchNormalization(axis=-1, momentum=0.99, epsilon=1e-3, name=None):
    def call(x, training=None):
        x = np.moveaxis(x, axis, -1)
        size = x.shape[-1]
        r = rng("norm", size)
        gamma, beta = r.uniform(0.5, 1.5, size) * STATE.scale, r.normal(size=size)
        mean, variance = r.normal(size=size), r.uniform(0.5, 1.5, size)
        if STATE.training if training is None else training:
            flat = x.reshape(-1, size)
            mean = flat.sum(0) / len(flat)
            variance = ((flat - mean) ** 2).sum(0) / len(flat)
        return np.moveaxis(gamma * (x - mean) / (variance + epsilon) ** 0.5 + beta, -1, axis)

    return call


def Dense(units, activation=None, kernel_initializer="GlorotUniform(None)", name=None):
    return lambda x: activate(activation, x @ kernel(kernel_initializer, (x.shape[-1], units)))


def Activation(name):
    return name if callable(name) else (lambda x: activate(name, x))


def ZeroPadding2D(padding=1):
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
    def layer(pool_size=2, strides=None, padding="valid"):
        return lambda x: function(x, padding, pair(pool_size), pair(strides or pool_size))

    return layer


def merge(function):
    def layer():
        def call(inputs):
            first, second = inputs
            if first.shape != second.shape:
                raise ValueError("shapes differ")
            return function(first, second)

        return call

    return layer


def relu(x):
    return np.maximum(x, 0)


def mixed(x, channels, r):
    """A fixed function of x in place of a block's: of all channels, of neighbours, and not linear."""
    right = np.concatenate([x[:, :, 1:], np.zeros_like(x[:, :, :1])], 2)
    below = np.concatenate([x[:, 1:], np.zeros_like(x[:, :1])], 1)
    return np.sin((x + right / 2 - below / 3) @ r.normal(size=(x.shape[-1], channels)) / np.sqrt(x.shape[-1]))


def block(name, keeps_shape):
    def call(X, f, filters, s=2, initializer=None):
        if not isinstance(f, int) or len(filters) != 3 or not isinstance(s, int):
            raise TypeError("arguments in the wrong order")
        token = initializer(seed=0) if callable(initializer) else initializer
        default = "RandomUniform(0)" if keeps_shape else "GlorotUniform(0)"
        if keeps_shape and filters[2] != X.shape[3]:
            raise ValueError("shapes differ")
        X = X if keeps_shape else X[:, ::s, ::s]
        return mixed(X, filters[2], rng(name, f, tuple(filters), token or default, X.shape[3]))

    return call


class Sequential(list):
    def __call__(self, x):
        for layer in self:
            x = layer(x)
        return x


def identity_block(X, f, filters, initializer=None):
    return block("identity", True)(X, f, filters, 1, initializer)


def convolutional_block(X, f, filters, s=2, initializer=None):
    return block("convolutional", False)(X, f, filters, s, initializer)


def names():
    """The namespace in which a solution or a mutant of it runs."""
    initializers = {
        name: initializer(title)
        for name, title in (
            ("glorot_uniform", "GlorotUniform"),
            ("he_normal", "HeNormal"),
            ("random_uniform", "RandomUniform"),
        )
    }
    layers = types.SimpleNamespace(
        Conv2D=Conv2D,
        BatchNormalization=BatchNormalization,
        Dense=Dense,
        Activation=Activation,
        ReLU=lambda: relu,
        LeakyReLU=lambda: lambda x: np.where(x > 0, x, 0.3 * x),
        Identity=lambda: lambda x: x,
        ZeroPadding2D=ZeroPadding2D,
        MaxPooling2D=pool(largest),
        AveragePooling2D=pool(average),
        GlobalAveragePooling2D=lambda: lambda x: x.mean((1, 2)),
        Flatten=lambda: lambda x: x.reshape(len(x), -1),
        Reshape=lambda shape: lambda x: x.reshape(len(x), *shape),
        Softmax=lambda: lambda x: activate("softmax", x),
        Lambda=lambda function: function,
        Add=merge(np.add),
        Subtract=merge(np.subtract),
        Multiply=merge(np.multiply),
        Maximum=merge(np.maximum),
        Average=merge(lambda a, b: (a + b) / 2),
        add=lambda xs: merge(np.add)()(xs),
        Concatenate=lambda: lambda xs: np.concatenate(xs, -1),
    )
    ops = types.SimpleNamespace(relu=relu, add=np.add, maximum=np.maximum, pad=np.pad)
    keras = types.SimpleNamespace(
        layers=layers, ops=ops, Sequential=Sequential, activations=types.SimpleNamespace(relu=relu)
    )
    tf = types.SimpleNamespace(nn=types.SimpleNamespace(relu=relu))
    return {
        **vars(layers),
        **initializers,
        "layers": layers,
        "keras": keras,
        "tf": tf,
        "np": np,
        "Input": lambda shape: rng("input", tuple(shape)).normal(size=(1, *shape)) * STATE.scale,
        "Model": lambda inputs, outputs: (inputs, outputs),
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
    """What a solution of `name` puts out for all cases, modes and scales; an exception where it raises one."""
    space, found = names(), []
    exec(source, space)
    function = space[name]
    for scale in (1.0, 30.0):
        for training in (False, True):
            STATE.training, STATE.scale = training, scale
            found += [outcome(call) for call in calls(name, function, space)]
    return found


def calls(name, function, space):
    if name == "ResNet50":
        return [lambda: function()[1], lambda: function((128, 64, 1), 4)[1]] if STATE.scale == 1.0 else []
    result = []
    for k, case in enumerate(BLOCK_CASES):
        x = rng(k).normal(size=(3, *case["shape"])) * STATE.scale
        options = {} if case["initializer"] is None else {"initializer": space[case["initializer"]]}
        if name == "convolutional_block" and k:
            options["s"] = k
        result.append(lambda x=x, case=case, options=options: function(x, case["f"], case["filters"], **options))
    return result


def outcome(call):
    try:
        with np.errstate(all="ignore"):
            return np.asarray(call(), dtype=float)
    except Exception as error:  # a mutant may fail in any way
        return error


def differ(a, b):
    """Whether two lists of outputs differ anywhere."""
    return any(
        isinstance(x, Exception)
        or isinstance(y, Exception)
        or x.shape != y.shape
        or not np.allclose(x, y, rtol=1e-7, atol=1e-9)
        for x, y in zip(a, b, strict=True)
    )
