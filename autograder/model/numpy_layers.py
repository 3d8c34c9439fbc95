"""Keras's layers in plain NumPy, for the oracle: functions of (settings, weights, training, inputs...).

Tensors are float64 arrays, the batch first. `settings` are a node's in normal form; `weights` its arrays by name, where
missing ones are Keras's defaults. Each function bounds what it makes before it makes it.
"""

import math
from typing import Any

import numpy as np

from .graph import Settings
from .work import Array, Evaluator, NotUnderstood, Weights, limit, limit_products, spend

# ------------------------------------------------------------------ windows


def last(settings: Settings, x: Array) -> Array:
    """x with its channels on the last axis, wherever the layer takes them."""
    return x if settings.get("data_format") in (None, "channels_last") else np.moveaxis(x, 1, -1)


def back(settings: Settings, y: Array) -> Array:
    """The opposite of `last`."""
    return y if settings.get("data_format") in (None, "channels_last") else np.moveaxis(y, -1, 1)


def pad(x: Array, pads: list[tuple[int, int]], value: float = 0.0) -> Array:
    """x with `value` before and after on each of its spatial axes."""
    limit(math.prod([x.shape[0], *(n + a + b for n, (a, b) in zip(x.shape[1:-1], pads)), x.shape[-1]]))
    return np.pad(x, ((0, 0), *pads, (0, 0)), constant_values=value)


def windows(x: Array, size: list[int], strides: list[int], dilation: list[int]) -> Array:
    """All windows of x: (batch, places..., channels, window...)."""
    reach = [(k - 1) * d + 1 for k, d in zip(size, dilation)]
    axes = tuple(range(1, len(size) + 1))
    view = np.lib.stride_tricks.sliding_window_view(x, reach, axis=axes)
    places, gaps = tuple(slice(None, None, s) for s in strides), tuple(slice(None, None, d) for d in dilation)
    view = view[(slice(None), *places, slice(None), *gaps)]
    limit(view.size)
    return view


def sizes(value: Any, axes: int) -> list[int]:
    """A setting of a size, as one number for each axis."""
    return [int(v) for v in ([value] * axes if isinstance(value, (int, float)) else value)]


def pads_of(settings: Settings, x: Array, size: list[int], strides: list[int], dilation: list[int]) -> list[tuple[int, int]]:
    """The zeros on each spatial axis: `pads` in normal form, or Keras's word for them."""
    if "pads" in settings:
        top, bottom, left, right = settings["pads"]
        return [(top, bottom), (left, right)]
    if settings.get("padding", "valid") == "valid":
        return [(0, 0)] * len(size)
    found = []
    for n, k, s, d in zip(x.shape[1:-1], size, strides, dilation):
        reach = (k - 1) * d + 1
        total = max((-(-n // s) - 1) * s + reach - n, 0) if settings["padding"] == "same" else reach - 1
        found.append((total // 2, total - total // 2) if settings["padding"] == "same" else (total, 0))
    return found


def convolve(x: Array, kernel: Array, strides: list[int], dilation: list[int], groups: int = 1) -> Array:
    """A convolution without padding; the kernel is (window..., channels of a group, filters)."""
    axes = kernel.ndim - 2
    if math.prod(kernel.shape[:axes]) == 1 and groups == 1:
        x = x[(slice(None), *(slice(None, None, s) for s in strides))]
        limit_products(x.size * kernel.shape[-1])
        return np.asarray(x @ kernel.reshape(kernel.shape[-2:]))
    view = windows(x, list(kernel.shape[:axes]), strides, dilation)
    limit_products(view.size // groups * kernel.shape[-1])
    spend(view.size)  # the windows are copied
    over = ([*range(axes + 2, 2 * axes + 2), axes + 1], list(range(axes + 1)))
    channels = np.split(view, groups, axes + 1)
    return np.concatenate([np.tensordot(v, k, over) for v, k in zip(channels, np.split(kernel, groups, -1))], -1)


# ------------------------------------------------------------------ convolutions and dense layers


def conv(s: Settings, weights: Weights, training: bool, x: Array) -> Array:
    """Conv1D to Conv3D, with groups, dilation and either order of axes."""
    kernel, x = weights["kernel"], last(s, x)
    axes = kernel.ndim - 2
    size, strides = sizes(s["kernel_size"], axes), sizes(s["strides"], axes)
    dilation = sizes(s.get("dilation_rate", 1), axes)
    y = convolve(pad(x, pads_of(s, x, size, strides, dilation)), kernel, strides, dilation, s.get("groups", 1))
    return back(s, y + weights.get("bias", 0.0))


def depthwise_conv(s: Settings, weights: Weights, training: bool, x: Array) -> Array:
    """DepthwiseConv1D and 2D; where there is a pointwise kernel, SeparableConv1D and 2D."""
    kernel, x = weights["depthwise_kernel"], last(s, x)
    axes = kernel.ndim - 2
    size, strides = sizes(s["kernel_size"], axes), sizes(s["strides"], axes)
    dilation = sizes(s.get("dilation_rate", 1), axes)
    view = windows(pad(x, pads_of(s, x, size, strides, dilation)), size, strides, dilation)
    limit_products(view.size * kernel.shape[-1])
    flat = view.reshape(*view.shape[: axes + 2], -1)
    y = np.einsum("...ck,kcm->...cm", flat, kernel.reshape(-1, *kernel.shape[axes:]))
    y = y.reshape(*y.shape[:-2], -1)
    if "pointwise_kernel" in weights:
        y = convolve(y, weights["pointwise_kernel"], [1] * axes, [1] * axes)
    return back(s, y + weights.get("bias", 0.0))


def transposed_conv(s: Settings, weights: Weights, training: bool, x: Array) -> Array:
    """Conv1DTranspose to Conv3DTranspose, without dilation; the kernel is (window..., filters, channels)."""
    kernel, x = weights["kernel"], last(s, x)
    axes = kernel.ndim - 2
    size, strides = sizes(s["kernel_size"], axes), sizes(s["strides"], axes)
    if s.get("output_padding") is not None or set(sizes(s.get("dilation_rate", 1), axes)) != {1}:
        raise NotUnderstood("a transposed convolution with dilation or output padding")
    whole = [n * t + max(k - t, 0) for n, k, t in zip(x.shape[1:-1], size, strides)]
    limit(x.shape[0] * math.prod(whole) * kernel.shape[-2])
    limit_products(x.size * kernel.size // kernel.shape[-1])
    y = np.zeros((x.shape[0], *whole, kernel.shape[-2]))
    for place in np.ndindex(*size):
        at = tuple(slice(p, p + (n - 1) * t + 1, t) for p, n, t in zip(place, x.shape[1:-1], strides))
        y[(slice(None), *at)] += x @ kernel[place].T
    if s.get("padding") == "same":
        cut = [max(k - t, 0) // 2 for k, t in zip(size, strides)]
        y = y[(slice(None), *(slice(c, c + n * t) for c, n, t in zip(cut, x.shape[1:-1], strides)))]
    return back(s, y + weights.get("bias", 0.0))


def dense(s: Settings, weights: Weights, training: bool, x: Array) -> Array:
    """Dense: (..., channels) to (..., units)."""
    limit_products(x.size * weights["kernel"].shape[-1])
    return np.asarray(x @ weights["kernel"] + weights.get("bias", 0.0))


def embedding(s: Settings, weights: Weights, training: bool, x: Array) -> Array:
    """Embedding: integers of any shape to (shape..., output_dim)."""
    limit(x.size * weights["embeddings"].shape[-1])
    return np.asarray(weights["embeddings"][x.astype(int)])


# ------------------------------------------------------------------ normalisations


def batch_normalization(s: Settings, weights: Weights, training: bool, x: Array) -> Array:
    """BatchNormalization on one axis: with the batch's own mean and variance in training, otherwise with the moving ones
    (Ioffe and Szegedy 2015)."""
    axes = tuple(a for a in range(x.ndim) if a != s["axis"])
    if s.get("training", training):
        mean, variance = x.mean(axes), x.var(axes)
    else:
        size = x.shape[s["axis"]]
        mean, variance = weights.get("moving_mean", np.zeros(size)), weights.get("moving_variance", np.ones(size))
    shape = [1] * x.ndim
    shape[s["axis"]] = -1
    y = (x - mean.reshape(shape)) / np.sqrt(variance.reshape(shape) + s["epsilon"])
    if s["scale"] and "gamma" in weights:
        y = y * weights["gamma"].reshape(shape)
    if s["center"] and "beta" in weights:
        y = y + weights["beta"].reshape(shape)
    return np.asarray(y)


def _axes(s: Settings, x: Array) -> tuple[int, ...]:
    axis = s.get("axis", -1)
    return tuple(sorted(a % x.ndim for a in (axis if isinstance(axis, list) else [axis])))


def _scaled(s: Settings, weights: Weights, y: Array, axes: tuple[int, ...]) -> Array:
    shape = [n if a in axes else 1 for a, n in enumerate(y.shape)]
    for name in ("gamma", "scale"):
        y = y * weights[name].reshape(shape) if name in weights else y
    return y + weights["beta"].reshape(shape) if "beta" in weights else y


def layer_normalization(s: Settings, weights: Weights, training: bool, x: Array) -> Array:
    """LayerNormalization over some axes."""
    axes = _axes(s, x)
    mean = 0.0 if s.get("rms_scaling") else x.mean(axes, keepdims=True)
    variance = x.var(axes, keepdims=True)
    return _scaled(s, weights, (x - mean) / np.sqrt(variance + s["epsilon"]), axes)


def rms_normalization(s: Settings, weights: Weights, training: bool, x: Array) -> Array:
    """RMSNormalization over the last axis. Raises NotUnderstood for another one."""
    axes = _axes(s, x)
    if axes != (x.ndim - 1,):  # Keras's own layer lays its scale along the last axis then, or fails
        raise NotUnderstood("RMSNormalization on another axis")
    return _scaled(s, weights, x / np.sqrt((x**2).mean(axes, keepdims=True) + s["epsilon"]), axes)


def group_normalization(s: Settings, weights: Weights, training: bool, x: Array) -> Array:
    """GroupNormalization; with groups=-1, each channel is a group."""
    (axis,) = _axes(s, x)
    groups = x.shape[axis] if s["groups"] == -1 else s["groups"]
    parts = []
    for part in np.split(x, groups, axis):
        over = tuple(range(1, x.ndim))
        parts.append((part - part.mean(over, keepdims=True)) / np.sqrt(part.var(over, keepdims=True) + s["epsilon"]))
    return _scaled(s, weights, np.concatenate(parts, axis), (axis,))


def unit_normalization(s: Settings, weights: Weights, training: bool, x: Array) -> Array:
    """UnitNormalization: x divided by its Euclidean norm over some axes."""
    return np.asarray(x / np.sqrt(np.maximum((x**2).sum(_axes(s, x), keepdims=True), 1e-12)))


# ------------------------------------------------------------------ activations with settings, pooling, padding


def relu(s: Settings, weights: Weights, training: bool, x: Array) -> Array:
    """ReLU with `threshold`, `negative_slope` and `max_value`."""
    threshold, slope = s.get("threshold", 0), s.get("negative_slope", 0)
    y = np.where(x > threshold, x, slope * (x - threshold)) if (threshold or slope) else np.maximum(x, 0)
    return np.minimum(y, s["max_value"]) if "max_value" in s else y


def softmax(s: Settings, weights: Weights, training: bool, x: Array) -> Array:
    """Softmax along one or several axes."""
    axis = s.get("axis", -1)
    axis = tuple(axis) if isinstance(axis, list) else axis
    e = np.exp(x - x.max(axis, keepdims=True))
    return np.asarray(e / e.sum(axis, keepdims=True))


def prelu(s: Settings, weights: Weights, training: bool, x: Array) -> Array:
    """PReLU: negative values times `alpha`, which is learned."""
    return np.asarray(np.maximum(x, 0) + weights["alpha"] * np.minimum(x, 0))


def pooling(which: str) -> Evaluator:
    """MaxPooling1D to 3D, or AveragePooling1D to 3D: padding does not count, as in Keras."""

    def evaluate(s: Settings, weights: Weights, training: bool, x: Array) -> Array:
        x = last(s, x)
        axes = x.ndim - 2
        size = sizes(s["pool_size"], axes)
        strides = sizes(s.get("strides") or size, axes)
        pads, over = pads_of(s, x, size, strides, [1] * axes), tuple(range(-axes, 0))
        if which == "max":
            return back(s, windows(pad(x, pads, -np.inf), size, strides, [1] * axes).max(over))
        total, count = (windows(pad(a, pads), size, strides, [1] * axes).sum(over) for a in (x, np.ones_like(x)))
        return back(s, total / count)

    return evaluate


def global_pooling(which: str) -> Evaluator:
    """GlobalMaxPooling1D to 3D, or GlobalAveragePooling1D to 3D."""

    def evaluate(s: Settings, weights: Weights, training: bool, x: Array) -> Array:
        y = last(s, x)
        over, keep = tuple(range(1, x.ndim - 1)), bool(s.get("keepdims"))
        y = y.max(over, keepdims=keep) if which == "max" else y.mean(over, keepdims=keep)
        return back(s, y) if keep else np.asarray(y)

    return evaluate


def zero_padding(s: Settings, weights: Weights, training: bool, x: Array) -> Array:
    """ZeroPadding1D to 3D, by `pads` in normal form or Keras's `padding`. Raises TooLarge."""
    if "pads" in s:
        return pad(x, pads_of(s, x, [], [], []))
    return back(s, pad(last(s, x), _ends(s["padding"], x.ndim - 2)))


def cropping(s: Settings, weights: Weights, training: bool, x: Array) -> Array:
    """Cropping1D to 3D."""
    x = last(s, x)
    cuts = _ends(s["cropping"], x.ndim - 2)
    return back(s, x[(slice(None), *(slice(a, n - b) for (a, b), n in zip(cuts, x.shape[1:])))])


def _ends(value: Any, axes: int) -> list[tuple[int, int]]:
    """A setting of what is added or cut before and after, for each spatial axis."""
    if isinstance(value, int):
        return [(value, value)] * axes
    if axes == 1 and len(value) == 2:
        return [(value[0], value[1])]
    return [(v, v) if isinstance(v, int) else (v[0], v[1]) for v in value]


def upsampling(s: Settings, weights: Weights, training: bool, x: Array) -> Array:
    """UpSampling1D to 3D. Raises TooLarge, or NotUnderstood where it interpolates."""
    if s.get("interpolation", "nearest") != "nearest":
        raise NotUnderstood("upsampling that interpolates")
    x = last(s, x)
    factors = sizes(s["size"], x.ndim - 2)
    limit(x.size * math.prod(factors))
    for axis, factor in enumerate(factors, start=1):
        x = np.repeat(x, factor, axis)
    return back(s, x)


def rescaling(s: Settings, weights: Weights, training: bool, x: Array) -> Array:
    """Rescaling: x * scale + offset."""
    return np.asarray(x * np.asarray(s.get("scale", 1.0)) + np.asarray(s.get("offset", 0.0)))
