"""Wrappers of a group of steps: classes of Python's and of Keras's, and models."""

from . import wrappers  # noqa: F401 which come first in WRAPPERS
from .wrapping import all_layers, free_names, indented, names_and_lines, need, whole, wrapper

# ------------------------------------------------------------------ classes


@wrapper("object", by_statements=True)
def object_(parts, n, place):
    names, lines = names_and_lines(parts)
    unpacked = [f"{', '.join(names)} = {', '.join('self.' + name for name in names)}"] if names else []
    place.define(
        [
            f"class Part{n}:",
            *(
                [
                    f"    def __init__(self, {', '.join(names)}):",
                    *indented([f"self.{name} = {name}" for name in names], 8),
                    "",
                ]
                if names
                else []
            ),
            "    def __call__(self, x):",
            *indented([*unpacked, *lines, "return x"], 8),
        ],
        any(part.local for part in parts),
    )
    return whole(parts, f"Part{n}({', '.join(names)})")


@wrapper("object with its parts")
def object_with_parts(parts, n, place):
    place.define(
        [
            f"class Part{n}:",
            "    def __init__(self, *parts):",
            "        self.parts = parts",
            "",
            "    def __call__(self, x):",
            "        for part in self.parts:",
            "            x = part(x)",
            "        return x",
        ],
        False,
    )
    return whole(parts, f"Part{n}({', '.join(part.value for part in parts)})")


@wrapper("static method", by_statements=True)
def static_method(parts, n, place):
    names, lines = names_and_lines(parts)
    signature = ", ".join(["x", *names])
    place.define(
        [f"class Part{n}:", "    @staticmethod", f"    def build({signature}):", *indented([*lines, "return x"], 8)],
        any(part.local for part in parts),
    )
    call = ", ".join(["@x@", *names])
    return whole(parts, f"(lambda x: Part{n}.build({call.replace('@x@', 'x')}))", apply=f"Part{n}.build({call})")


def own_layer(parts, n, place, base, training):
    """A Keras layer that makes its parts in __init__; training: its parameter, as written, or ""."""
    held, steps, functions = [], [], [part.value for part in parts if not part.layer]
    need(not any(part.weights for part in parts if not part.layer) and not free_names("\n".join(functions)))
    for k, part in enumerate(parts):
        if part.layer:
            held.append(f"self.step{k} = {part.value}")
            steps.append(f"x = self.step{k}(x{', training=training' if training and part.mode else ''})")
        else:
            steps += part.statements("x")
    need(held)
    names = free_names("\n".join(held))
    place.define(
        [
            f"class Part{n}({base}):",
            f"    def __init__({', '.join(['self', *names, '**kwargs'])}):",
            "        super().__init__(**kwargs)",
            *indented(held, 8),
            "",
            f"    def call(self, x{', ' + training if training else ''}):",
            *indented([*steps, "return x"], 8),
        ],
        any(part.local for part in parts),
    )
    return whole(parts, f"Part{n}({', '.join(names)})", layer=True, mode=bool(training))


@wrapper("own layer")
def layer_plain(parts, n, place):
    return own_layer(parts, n, place, "layers.Layer", "")


@wrapper("own layer that hands training on")
def layer_training(parts, n, place):
    return own_layer(parts, n, place, "layers.Layer", ("training=None", "training=False")[n % 2])


@wrapper("own model")
def model_training(parts, n, place):
    return own_layer(parts, n, place, "keras.Model", ("", "training=None", "training=False")[n % 3])


@wrapper("own layer with a list")
def layer_list(parts, n, place):
    values = all_layers(parts)
    names = free_names(values)
    place.define(
        [
            f"class Part{n}(keras.layers.Layer):",
            f"    def __init__({', '.join(['self', *names])}):",
            "        super().__init__()",
            f"        self.steps = {values}",
            "",
            "    def call(self, x):",
            "        for step in self.steps:",
            "            x = step(x)",
            "        return x",
        ],
        any(part.local for part in parts),
    )
    return whole(parts, f"Part{n}({', '.join(names)})", layer=True)


@wrapper("Lambda")
def lambda_layer(parts, n, place):
    need(not any(part.weights for part in parts))
    inner = "x"
    for part in parts:
        inner = part.call(inner)
    return whole(parts, f"layers.Lambda(lambda x: {inner})", layer=True)


# ------------------------------------------------------------------ models


@wrapper("Sequential")
def sequential(parts, n, place):
    values = []
    for part in parts:
        need(part.layer or not part.weights)
        values.append(part.value if part.layer else f"layers.Lambda({part.value})")
    return whole(parts, f"keras.Sequential([{', '.join(values)}])", layer=True, mode=True)


@wrapper("Sequential by add")
def sequential_by_add(parts, n, place):
    values = all_layers(parts)
    names = free_names(values)
    place.define(
        [
            f"def part{n}({', '.join(names)}):",
            "    together = keras.models.Sequential()",
            *[f"    together.add({part.value})" for part in parts],
            "    return together",
        ],
        any(part.local for part in parts),
    )
    return whole(parts, f"part{n}({', '.join(names)})", layer=True, mode=True)


@wrapper("functional model", by_statements=True)
def functional(parts, n, place):
    names, lines = names_and_lines(parts)
    signature = ", ".join(["shape", *names])
    place.define(
        [f"def model{n}({signature}):", "    inputs = x = Input(shape)", *indented(lines), "    return Model(inputs, x)"],
        any(part.local for part in parts),
    )
    call = f"model{n}({', '.join(['@x@.shape[1:]', *names])})(@x@)"
    return whole(
        parts,
        f"(lambda x: {call.replace('@x@', 'x')})",
        lines=(f"@x@ = {call}",),
        apply=f"(lambda x: {call.replace('@x@', 'x')})(@x@)",
    )
