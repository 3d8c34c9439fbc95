"""Settings as Keras serialises them, in one form for each meaning."""

import math
from typing import Any

from .graph import Settings, Shape

# Keras's named initializers as settings of the general one.
VARIANCES = {
    (1, "fan_avg", "uniform"): "GlorotUniform",
    (1, "fan_avg", "truncated_normal"): "GlorotNormal",
    (2, "fan_in", "uniform"): "HeUniform",
    (2, "fan_in", "truncated_normal"): "HeNormal",
    (1, "fan_in", "uniform"): "LecunUniform",
    (1, "fan_in", "truncated_normal"): "LecunNormal",
}


def pair(value: Any) -> list[int]:
    """A Keras size, given as an int or as a pair, as a list of two ints. Raises ValueError below 1."""
    first, second = (value, value) if isinstance(value, (int, float)) else value
    if min(first, second) < 1:
        raise ValueError("a size below 1")
    return [int(first), int(second)]


def same_padding(shape: Shape, kernel: Any, strides: Any, dilation: Any = (1, 1)) -> list[int]:
    """The zeros [top, bottom, left, right] that padding="same" adds to a (batch, h, w, c) input."""
    pads = []
    for size, k, s, d in zip(shape[1:3], kernel, strides, dilation):
        if size is None:
            raise ValueError("a size that is not known")
        reach = (k - 1) * d + 1
        total = max((-(-size // s) - 1) * s + reach - size, 0)
        pads += [total // 2, total - total // 2]
    return pads


def initializer_text(value: Any) -> str:
    """A serialised Keras initializer as text, e.g. 'GlorotUniform(seed=0)'; defaults left out."""
    if not isinstance(value, dict):
        return str(value)
    name, config = value.get("class_name"), value.get("config") or {}
    if not isinstance(config, dict):
        return f"{name}:{config}"
    if name == "VarianceScaling":
        known = VARIANCES.get((number(config.get("scale")), str(config.get("mode")), str(config.get("distribution"))))
        name, config = (known, {"seed": config.get("seed")}) if known else (name, config)
    inner = ", ".join(f"{k}={number(v)}" for k, v in sorted(config.items()) if v is not None)
    return f"{name}({inner})"


def number(value: Any) -> Any:
    """Equal numbers as equal text: 1 and 1.0, but not True."""
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return int(value)
    return value


def call_of(raw: dict[str, Any]) -> Settings:
    """How a function was called, beside its tensors: literal arguments, and the places of the tensors among them."""
    found: Settings = {}
    if raw.get("args"):
        found["args"] = raw["args"]
    if raw.get("call"):
        found["call"] = raw["call"]
    places = raw.get("places")
    if places is not None and places != list(range(len(raw["inputs"]))):
        found["places"] = places
    if raw.get("result"):
        found["result"] = raw["result"]
    return found
