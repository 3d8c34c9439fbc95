"""Tensors in NumPy that remember what they were made of, so that a Model of two can be called on a third."""

import functools
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
