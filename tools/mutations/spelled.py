"""A step or a group of steps as code, and the arguments of layers in their forms."""

import re
from dataclasses import dataclass


@dataclass
class Spelled:
    """A step or a group as code: an expression whose value is a callable.

    apply:  the expression of its call, with @x@ for the argument.
    layer:  whether its value is a Keras layer; weights: whether it has weights.
    local:  whether it uses what is defined within the function.
    mode:   whether it takes `training`.
    """

    value: str
    layer: bool = False
    weights: bool = False
    local: bool = False
    mode: bool = False
    apply: str = ""
    lines: tuple = ()
    top: tuple = ()

    def call(self, x):
        return (self.apply or f"{self.value}(@x@)").replace("@x@", x)

    def statements(self, x):
        return [line.replace("@x@", x) for line in self.lines] or [f"{x} = {self.call(x)}"]


def pair(value):
    return f"({value}, {value})"


def listed(value):
    return f"[{value}, {value}]"


def is_number_like(value):
    return re.fullmatch(r"\w+( \+ 1)?", value) is not None


def size_of(value, form=pair):
    return form(value) if is_number_like(value) else value


def arguments(settings, form=pair, leave_out=True):
    """The arguments of a convolution by name, each size in one form."""
    found = {"filters": settings["filters"], "kernel_size": size_of(settings["size"], form)}
    if settings["strides"] != "1" or not leave_out:
        found["strides"] = size_of(settings["strides"], form)
    if settings["padding"] != "'valid'" or not leave_out:
        found["padding"] = settings["padding"]
    if settings["initializer"]:
        found["kernel_initializer"] = settings["initializer"]
    return found | {k: v for k, v in settings.items() if k not in ("filters", "size", "strides", "padding", "initializer")}


def by_name(found):
    return ", ".join(f"{key}={value}" for key, value in found.items())


def positional(found):
    rest = {k: v for k, v in found.items() if k not in ("filters", "kernel_size")}
    return ", ".join(filter(None, (found["filters"], found["kernel_size"], by_name(rest))))


def same(value):
    return value
