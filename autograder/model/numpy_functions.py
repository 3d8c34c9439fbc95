"""The functions of keras.ops in plain NumPy, for the oracle, by the names of Keras's operations."""

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from .graph import Settings
from .numpy_layers import softmax
from .work import Array, Evaluator, NotUnderstood, TooLarge, Weights, limit, limit_products

Function = Callable[..., Any]
FLOATS = {"float16": np.float16, "float32": np.float64, "float64": np.float64}
INTEGERS = {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"}
SLICE = re.compile(r"slice\((None|-?\d{1,7}), (None|-?\d{1,7}), (None|-?\d{1,7})\)")


def call(function: Function) -> Evaluator:
    """An evaluator that calls `function` as Keras's operation was called: tensors and literals in their places, then the
    operation's settings by name."""

    def evaluate(settings: Settings, weights: Weights, training: bool, *inputs: Array) -> Array:
        settings = dict(settings)
        literals, keywords = list(settings.pop("args", [])), dict(settings.pop("call", {}))
        places, result = settings.pop("places", range(len(inputs))), settings.pop("result", 0)
        taken: dict[Any, Any] = {}
        for place, x in zip(places, inputs, strict=True):
            before = taken.get(place)
            taken[place] = x if before is None else [*before, x] if isinstance(before, list) else [before, x]
        arguments: list[Any] = []
        while len(arguments) in taken or literals:
            arguments.append(taken.pop(len(arguments)) if len(arguments) in taken else literals.pop(0))
        _limit_broadcast(arguments)
        with np.errstate(all="ignore"):
            found = function(*arguments, **keywords, **taken, **settings)
        return np.asarray(found[result] if isinstance(found, (list, tuple)) else found, dtype=np.float64)

    return evaluate


def _limit_broadcast(arguments: list[Any]) -> None:
    shapes = [a.shape for a in arguments if isinstance(a, np.ndarray)]
    try:
        limit(math.prod(np.broadcast_shapes(*shapes)))
    except ValueError as error:
        if isinstance(error, TooLarge):
            raise


# ------------------------------------------------------------------ element by element

ONE: dict[str, Function] = {
    "Absolute": np.abs, "Abs": np.abs, "Negative": np.negative, "Square": np.square, "Sqrt": np.sqrt,
    "Rsqrt": lambda x: 1 / np.sqrt(x), "Cbrt": np.cbrt, "Reciprocal": np.reciprocal, "Exp": np.exp, "Exp2": np.exp2,
    "Expm1": np.expm1, "Log": np.log, "Log10": np.log10, "Log1p": np.log1p, "Log2": np.log2, "Sin": np.sin, "Cos": np.cos,
    "Tan": np.tan, "Arcsin": np.arcsin, "Arccos": np.arccos, "Arctan": np.arctan, "Sinh": np.sinh, "Cosh": np.cosh,
    "Arcsinh": np.arcsinh, "Arccosh": np.arccosh, "Arctanh": np.arctanh, "Sign": np.sign, "Floor": np.floor,
    "Ceil": np.ceil, "Trunc": np.trunc, "Isnan": np.isnan, "Isinf": np.isinf, "Isfinite": np.isfinite,
    "LogicalNot": lambda x: np.logical_not(x.astype(bool)), "Deg2rad": np.deg2rad, "Rad2deg": np.rad2deg,
    "Conjugate": np.conj, "Real": np.real, "Copy": np.copy, "Sinc": np.sinc, "Ravel": np.ravel,
}  # fmt: skip
TWO: dict[str, Function] = {
    "Divide": np.divide, "TrueDivide": np.divide, "FloorDivide": np.floor_divide, "Mod": np.mod, "Power": np.power,
    "Greater": np.greater, "GreaterEqual": np.greater_equal, "Less": np.less,
    "LessEqual": np.less_equal, "Equal": np.equal, "NotEqual": np.not_equal, "Arctan2": np.arctan2, "Hypot": np.hypot,
    "Logaddexp": np.logaddexp, "LogicalAnd": lambda a, b: np.logical_and(_truth(a), _truth(b)),
    "LogicalOr": lambda a, b: np.logical_or(_truth(a), _truth(b)),
    "LogicalXor": lambda a, b: np.logical_xor(_truth(a), _truth(b)),
    "DivideNoNan": lambda a, b: np.where(np.equal(b, 0), 0.0, np.divide(a, np.where(np.equal(b, 0), 1.0, b))),
}  # fmt: skip


def _truth(x: Any) -> Any:
    return np.asarray(x).astype(bool)


def two(function: Function) -> Function:
    """A function of two operands, named as Keras names them."""
    return lambda x1, x2: function(x1, x2)


def many(function: Function) -> Function:
    """A merge: a layer's of a list, or a function's of two operands."""

    def merged(*tensors: Any, x1: Any = None, x2: Any = None, **settings: Any) -> Any:
        flat = [x for t in tensors for x in (t if isinstance(t, list) else [t])] + [x for x in (x1, x2) if x is not None]
        return function(flat, **settings)

    return merged


def product(tensors: list[Any]) -> Any:
    """The product of tensors of shapes that broadcast."""
    found = tensors[0]
    for x in tensors[1:]:
        found = found * x
    return found


def cast(x: Array, dtype: Any) -> Array:
    """x with its values rounded as those of `dtype`, as float64. Raises NotUnderstood for a type that is not known."""
    if dtype == "bool":
        return x.astype(bool).astype(np.float64)
    if dtype in INTEGERS:
        return np.trunc(x).astype(dtype).astype(np.float64)
    if dtype not in FLOATS:
        raise NotUnderstood(f"the type {dtype}")
    return x.astype(FLOATS[dtype]).astype(np.float64)


def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """x1 where the condition is true, otherwise x2; shapes broadcast."""
    return np.where(_truth(condition), x1, x2)


def gelu(x: Array, approximate: bool = True) -> Array:
    """Gaussian error linear unit, by Keras's approximation with tanh or exactly (Hendrycks and Gimpel 2016)."""
    if approximate:
        return np.asarray(0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))))
    return np.asarray(0.5 * x * (1 + erf(x / math.sqrt(2))))


erf = np.vectorize(math.erf, otypes=[np.float64])


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x)))))


def softplus(x: Array) -> Array:
    """log(1 + exp(x)), without overflow."""
    return np.asarray(np.logaddexp(x, 0))


def elu(x: Array, alpha: float = 1.0) -> Array:
    """x where it is positive, otherwise alpha * (exp(x) - 1)."""
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def log_softmax(x: Array, axis: Any = -1) -> Array:
    """The logarithm of softmax along an axis."""
    return np.log(softmax({"axis": axis}, {}, False, x))


ACTIVATION: dict[str, Function] = {
    "Sigmoid": sigmoid, "Tanh": np.tanh, "Softplus": softplus, "Softsign": lambda x: x / (1 + np.abs(x)),
    "Silu": lambda x: x * sigmoid(x), "Elu": elu, "ELU": elu, "Selu": lambda x: 1.05070098 * elu(x, 1.67326324),
    "Celu": lambda x, alpha=1.0: np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0) / alpha), "Gelu": gelu,
    "HardSigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1), "HardSilu": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "Mish": lambda x: x * np.tanh(softplus(x)), "LogSigmoid": lambda x: -softplus(-x), "LogSoftmax": log_softmax,
    "LeakyRelu": lambda x, negative_slope=0.2: np.where(x > 0, x, negative_slope * x),
    "HardTanh": lambda x: np.clip(x, -1, 1),
    "Threshold": lambda x, threshold, default_value: np.where(x > threshold, x, default_value),
    "Erf": erf,
}  # fmt: skip


# ------------------------------------------------------------------ along axes


def _axis(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


def reduce(function: Function) -> Function:
    """A NumPy reduction, with Keras's names of arguments; an axis may come as a list."""

    def reduced(x: Array, axis: Any = None, keepdims: bool = False) -> Any:
        return function(x, axis=_axis(axis), keepdims=keepdims)

    return reduced


def logsumexp(x: Array, axis: Any = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))) along axes, without overflow."""
    top = np.max(x, axis=_axis(axis), keepdims=True)
    found = np.log(np.sum(np.exp(x - top), axis=_axis(axis), keepdims=True)) + top
    return found if keepdims else np.squeeze(found, _axis(axis))


def norm(x: Array, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The Euclidean norm along axes. Raises NotUnderstood for other norms."""
    if ord not in (None, 2, "euclidean") or (isinstance(axis, list) and len(axis) > 1 and ord == 2):
        raise NotUnderstood("a norm of another kind")
    return np.sqrt(np.sum(np.square(x), axis=_axis(axis), keepdims=keepdims))


def normalize(x: Array, axis: int = -1, order: int = 2, epsilon: float = 1e-12) -> Any:
    """x divided by its Euclidean norm along an axis. Raises NotUnderstood for other norms."""
    if order != 2:
        raise NotUnderstood("a norm of another kind")
    return x / np.sqrt(np.maximum(np.sum(np.square(x), axis=axis, keepdims=True), epsilon))


REDUCTION: dict[str, Function] = {
    "Sum": reduce(np.sum), "Mean": reduce(np.mean), "Max": reduce(np.max), "Min": reduce(np.min), "Amax": reduce(np.max),
    "Amin": reduce(np.min), "Prod": reduce(np.prod), "Var": reduce(np.var), "Std": reduce(np.std),
    "Median": reduce(np.median), "Any": reduce(lambda x, **k: np.any(_truth(x), **k)),
    "All": reduce(lambda x, **k: np.all(_truth(x), **k)), "Argmax": reduce(np.argmax), "Argmin": reduce(np.argmin),
    "CountNonzero": lambda x, axis=None: np.count_nonzero(x, axis=_axis(axis)), "Logsumexp": logsumexp, "Norm": norm,
    "Cumsum": lambda x, axis=None: np.cumsum(x, axis), "Cumprod": lambda x, axis=None: np.cumprod(x, axis),
    "Normalize": normalize, "Sort": lambda x, axis=-1: np.sort(x, axis),
}  # fmt: skip


# ------------------------------------------------------------------ shapes


def reshape(x: Array, newshape: Any = None, shape: Any = None, target_shape: Any = None) -> Array:
    """The function (`newshape`, the batch included) or the layer (`shape` or `target_shape`, without it)."""
    if newshape is not None:
        return x.reshape(newshape)
    return x.reshape(len(x), *[-1 if n is None else n for n in (shape or target_shape)])


def index(x: Array, key: Any) -> Any:
    """x[key], where the key came as text: numbers, slices, an ellipsis and new axes."""
    parts: list[Any] = []
    for part in key if isinstance(key, list) else [key]:
        found = SLICE.fullmatch(part) if isinstance(part, str) else None
        if found:
            parts.append(slice(*(None if g == "None" else int(g) for g in found.groups())))
        elif part is None or (isinstance(part, int) and not isinstance(part, bool)):
            parts.append(part)
        elif part == "Ellipsis":
            parts.append(...)
        else:
            raise NotUnderstood("an index of another kind")
    return x[tuple(parts)]


def pad(x: Array, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Any:
    """x with more entries on each axis. Raises TooLarge, or NotUnderstood for other modes than Keras's three."""
    width = [(pad_width, pad_width)] * x.ndim if isinstance(pad_width, int) else [tuple(w) for w in pad_width]
    limit(math.prod(n + a + b for n, (a, b) in zip(x.shape, width * (x.ndim if len(width) == 1 else 1))))
    if mode not in ("constant", "reflect", "symmetric"):
        raise NotUnderstood("padding of another kind")
    extra = {"constant_values": constant_values or 0} if mode == "constant" else {}
    return np.pad(x, width, mode=mode, **extra)  # type: ignore[call-overload]


def tile(x: Array, repeats: Any) -> Any:
    """x repeated as a whole. Raises TooLarge."""
    limit(x.size * math.prod(repeats if isinstance(repeats, list) else [repeats]))
    return np.tile(x, repeats)


def repeat(x: Array, repeats: Any, axis: Any = None) -> Any:
    """Each entry of x repeated. Raises TooLarge."""
    limit(x.size * int(np.max(repeats)))
    return np.repeat(x, repeats, axis)


def broadcast_to(x: Array, shape: Any) -> Any:
    """x in a shape that it broadcasts to. Raises TooLarge."""
    limit(math.prod(shape))
    return np.broadcast_to(x, shape)


def split(x: Array, indices_or_sections: Any, axis: int = 0) -> Any:
    """A list of parts of x along an axis."""
    return np.split(x, indices_or_sections, axis)


def squeeze(x: Array, axis: Any = None) -> Any:
    """x without axes of size 1."""
    return np.squeeze(x, _axis(axis))


SHAPE: dict[str, Function] = {
    "Reshape": reshape, "GetItem": index, "Pad": pad, "Tile": tile, "Repeat": repeat, "BroadcastTo": broadcast_to,
    "Transpose": lambda x, axes=None: np.transpose(x, axes), "Permute": lambda x, dims: np.transpose(x, (0, *dims)),
    "ExpandDims": lambda x, axis: np.expand_dims(x, _axis(axis)), "Squeeze": squeeze, "Split": split,
    "Stack": many(lambda xs, axis=0: np.stack(xs, axis)), "Concatenate": many(lambda xs, axis=-1: np.concatenate(xs, axis)),
    "Swapaxes": lambda x, axis1, axis2: np.swapaxes(x, axis1, axis2),
    "Moveaxis": lambda x, source, destination: np.moveaxis(x, source, destination),
    "Flip": lambda x, axis=None: np.flip(x, _axis(axis)), "Roll": lambda x, shift, axis=None: np.roll(x, shift, _axis(axis)),
    "Unstack": lambda x, num=None, axis=0: list(np.moveaxis(x, axis, 0)),
    "Take": lambda x, indices, axis=None: np.take(x, np.asarray(indices, int), axis),
    "RepeatVector": lambda x, n: repeat(x[:, None], n, 1), "Flatten": lambda x: x.reshape(len(x), -1),
    "ZerosLike": lambda x, dtype=None: np.zeros_like(x), "OnesLike": lambda x, dtype=None: np.ones_like(x),
    "FullLike": lambda x, fill_value, dtype=None: np.full_like(x, fill_value),
}  # fmt: skip


# ------------------------------------------------------------------ products and joins


def matmul(x1: Any, x2: Any) -> Any:
    """The matrix product over the last two axes. Raises TooLarge."""
    limit(math.prod(np.shape(x1)[:-1]) * np.shape(x2)[-1])
    limit_products(np.size(x1) * np.shape(x2)[-1])
    return np.matmul(x1, x2)


def einsum(*operands: Any, subscripts: str) -> Any:
    """An Einstein sum. Raises TooLarge, or NotUnderstood where axes are not all named."""
    tensors = [x for o in operands for x in (o if isinstance(o, list) else [o])]
    names = subscripts.replace(" ", "").split("->")[0].split(",")
    counts: dict[str, int] = {}
    if "." in subscripts or len(names) != len(tensors):
        raise NotUnderstood("an Einstein sum of this form")
    for name, x in zip(names, tensors):
        counts.update(zip(name, x.shape))
    limit(math.prod(counts[c] for c in subscripts.replace(" ", "").partition("->")[2]))
    limit_products(math.prod(counts.values()))
    return np.einsum(subscripts, *tensors)


def dot(*operands: Any, axes: Any = None, normalize: bool = False) -> Any:
    """The function, or the layer of a list of two tensors."""
    if axes is None:
        x1, x2 = operands
        if np.ndim(x1) > 1 and np.ndim(x2) > 2:
            raise NotUnderstood("a dot product of many axes")
        return matmul(x1, x2)
    a, b = operands[0] if isinstance(operands[0], list) else operands
    first, second = (axes, axes) if isinstance(axes, int) else axes
    if normalize or a.ndim != 2 or b.ndim != 2 or first % 2 != 1 or second % 2 != 1:
        raise NotUnderstood("a Dot layer of this form")
    return (a * b).sum(1, keepdims=True)


MERGE: dict[str, Function] = {
    "Add": many(sum), "Subtract": many(lambda xs: np.subtract(*xs)), "Multiply": many(product),
    "Average": many(lambda xs: sum(xs) / len(xs)), "Maximum": many(lambda xs: np.maximum.reduce(np.broadcast_arrays(*xs))),
    "Minimum": many(lambda xs: np.minimum.reduce(np.broadcast_arrays(*xs))),
}  # fmt: skip
OTHER: dict[str, Function] = {
    "Where": where, "Cast": cast, "Clip": lambda x, x_min, x_max: np.clip(x, x_min, x_max),
    "Round": lambda x, decimals=0: np.round(x, decimals), "Matmul": matmul, "Einsum": einsum, "Dot": dot,
}  # fmt: skip
