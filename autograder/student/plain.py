"""Anything that Keras and students put into settings, as plain JSON data."""

import math


def plain(value):
    """`value` as JSON data; a serialised Keras object keeps its class name and settings only."""
    if isinstance(value, dict):
        if "class_name" in value and "config" in value:
            value = {"class_name": value["class_name"], "config": value["config"]}
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no infinity
    if value is None or isinstance(value, (bool, int, float, str)):
        return value[:200] if isinstance(value, str) else value
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return repr(value)[:200]
