"""The shapes of each layer's weights, as functions of (settings, shape of the input, shape of the output)."""

from collections.abc import Callable

from .graph import Settings, Shape
from .numpy_layers import sizes
from .work import NotUnderstood

Shapes = dict[str, tuple[int, ...]]
WeightShapes = Callable[[Settings, Shape, Shape], Shapes]


def _known(size: int | None) -> int:
    if size is None:
        raise NotUnderstood("weights of a size that is not known")
    return size


def _channels(s: Settings, shape: Shape) -> int:
    return _known(shape[-1] if s.get("data_format") in (None, "channels_last") else shape[1])


def conv_weights(s: Settings, before: Shape, after: Shape) -> Shapes:
    """Of Conv1D to Conv3D."""
    size = sizes(s["kernel_size"], len(before) - 2)
    found: Shapes = {"kernel": (*size, _channels(s, before) // s.get("groups", 1), s["filters"]), "bias": (s["filters"],)}
    return found if s.get("use_bias", True) or "pads" in s else {"kernel": found["kernel"]}


def transposed_weights(s: Settings, before: Shape, after: Shape) -> Shapes:
    """Of Conv1DTranspose to Conv3DTranspose."""
    size = sizes(s["kernel_size"], len(before) - 2)
    bias = {"bias": (s["filters"],)} if s.get("use_bias", True) else {}
    return {"kernel": (*size, s["filters"], _channels(s, before)), **bias}


def depthwise_weights(s: Settings, before: Shape, after: Shape) -> Shapes:
    """Of DepthwiseConv1D and 2D, and of SeparableConv1D and 2D."""
    size, channels, each = sizes(s["kernel_size"], len(before) - 2), _channels(s, before), s.get("depth_multiplier", 1)
    found: Shapes = {"depthwise_kernel": (*size, channels, each)}
    if "filters" in s:
        found["pointwise_kernel"] = (*[1] * len(size), channels * each, s["filters"])
    return found | ({"bias": (s.get("filters", channels * each),)} if s.get("use_bias", True) else {})


def dense_weights(s: Settings, before: Shape, after: Shape) -> Shapes:
    """Of Dense."""
    return {"kernel": (_known(before[-1]), s["units"]), "bias": (s["units"],)}


def batch_normalization_weights(s: Settings, before: Shape, after: Shape) -> Shapes:
    """Of BatchNormalization: four vectors, one entry for each channel."""
    return dict.fromkeys(("gamma", "beta", "moving_mean", "moving_variance"), (_known(after[s["axis"]]),))


def scale_weights(s: Settings, before: Shape, after: Shape) -> Shapes:
    """Of the normalisations that have a scale and perhaps a shift on some axes."""
    axis = s.get("axis", -1)
    shape = tuple(_known(after[a]) for a in (axis if isinstance(axis, list) else [axis]))
    if "center" not in s:
        return {"scale": shape}
    return ({"gamma": shape} if s["scale"] else {}) | ({"beta": shape} if s["center"] else {})


def prelu_weights(s: Settings, before: Shape, after: Shape) -> Shapes:
    """Of PReLU."""
    shared = s.get("shared_axes") or []
    return {"alpha": tuple(1 if a in shared else _known(n) for a, n in enumerate(before) if a)}


def embedding_weights(s: Settings, before: Shape, after: Shape) -> Shapes:
    """Of Embedding."""
    return {"embeddings": (s["input_dim"], s["output_dim"])}
