"""Keras's layers, computed at once in NumPy: a second, tiny implementation of what the exercises use.

Nothing here is Keras's or the package's: what the judge's oracle computes by windows is computed here by shifting the
picture, from the definitions. Kernels are random numbers drawn from the initializer's name, its seed and the kernel's
shape; BatchNormalization has random weights, too. So two functions that agree on several inputs, in both modes and at
two scales, are equal.
"""

import inspect

import numpy as np

from tests.helpers.numpy_tensors import (
    ACTIVATIONS,
    FUNCTIONS,
    STATE,
    Tensor,
    activate,
    check_made_of,
    kernel,
    operation,
    padded,
    pair,
    replayed,
    rng,
    shifted,
)


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
