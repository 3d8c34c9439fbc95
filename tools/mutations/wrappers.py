"""What a group of steps can be wrapped in. A wrapper takes the spelled parts of a chain and gives one spelled whole.

Each is a function of (parts, n, place): n is a number used nowhere else; `place.define(lines, local)` puts a definition
before the function, or into it where it uses what is local.
"""

import ast

from .spellings import Spelled

SCOPE = ("F1", "F2", "F3", "f", "s", "initializer", "classes", "filters")
WRAPPERS = {}
BY_STATEMENTS = set()  # those that need no part as an expression


class NotPossible(Exception):
    """These parts cannot be wrapped so."""


def wrapper(name, by_statements=False):
    def register(function):
        WRAPPERS[name] = function
        if by_statements:
            BY_STATEMENTS.add(name)
        return function

    return register


def free_names(*sources):
    """The arguments of the exercise that source code uses, in a fixed order."""
    used = {node.id for source in sources for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    return [name for name in SCOPE if name in used]


def indented(lines, by=4):
    return [" " * by + line for line in lines]


def body(parts, x="x"):
    return [line for part in parts for line in part.statements(x)]


def whole(parts, value, **more):
    local = more.pop("local", any(part.local for part in parts))
    weights = any(part.weights for part in parts)
    return Spelled(value, weights=weights, local=local, **more)


def need(condition):
    if not condition:
        raise NotPossible


def all_layers(parts):
    need(all(part.layer for part in parts))
    return "[" + ", ".join(part.value for part in parts) + "]"


def names_and_lines(parts):
    lines = body(parts)
    return free_names("\n".join(lines)), lines


# ------------------------------------------------------------------ functions


@wrapper("local function", by_statements=True)
def local_function(parts, n, place):
    place.define([f"def part{n}(x):", *indented(body(parts)), "    return x"], True)
    return whole(parts, f"part{n}", local=True)


@wrapper("lambda")
def lambda_(parts, n, place):
    inner = "x"
    for part in parts:
        inner = part.call(inner)
    return whole(parts, f"(lambda x: {inner})")


def outer_function(parts, n, place, signature, first=""):
    names, lines = names_and_lines(parts)
    place.define(
        [
            f"def part{n}({signature(names)}):",
            *indented([first(names)] if first and names else []),
            *indented(lines),
            "    return x",
        ],
        any(p.local for p in parts),
    )
    return names


@wrapper("function", by_statements=True)
def function(parts, n, place):
    names = outer_function(parts, n, place, lambda names: ", ".join(["x", *names]))
    call = ", ".join(["@x@", *names])
    return whole(parts, f"(lambda x: part{n}({call.replace('@x@', 'x')}))", apply=f"part{n}({call})")


@wrapper("keyword-only function", by_statements=True)
def keyword_only(parts, n, place):
    names = outer_function(parts, n, place, lambda names: ", ".join(["x", *(["*"] if names else []), *names]))
    call = ", ".join(["@x@", *(f"{name}={name}" for name in names)])
    return whole(parts, f"(lambda x: part{n}({call.replace('@x@', 'x')}))", apply=f"part{n}({call})")


@wrapper("function with *args", by_statements=True)
def star_arguments(parts, n, place):
    names = outer_function(
        parts, n, place, lambda names: "x, *given", lambda names: f"{', '.join(names)}{',' * (len(names) == 1)} = given"
    )
    call = ", ".join(["@x@", *names])
    return whole(parts, f"(lambda x: part{n}({call.replace('@x@', 'x')}))", apply=f"part{n}({call})")


@wrapper("function with **kwargs", by_statements=True)
def star_keywords(parts, n, place):
    def first(names):
        return ", ".join(names) + " = " + ", ".join(f"given[{name!r}]" for name in names)

    names = outer_function(parts, n, place, lambda names: "x, **given", first)
    call = ", ".join(["@x@", *(f"{name}={name}" for name in names)])
    return whole(parts, f"(lambda x: part{n}({call.replace('@x@', 'x')}))", apply=f"part{n}({call})")


@wrapper("partial", by_statements=True)
def partial(parts, n, place):
    names = outer_function(parts, n, place, lambda names: ", ".join([*names, "x"]))
    return whole(parts, f"functools.partial(part{n}, {', '.join(names)})" if names else f"functools.partial(part{n})")


@wrapper("recursion")
def recursion(parts, n, place):
    place.define(
        [f"def through{n}(x, first, *others):", "    x = first(x)", f"    return through{n}(x, *others) if others else x"],
        False,
    )
    values = ", ".join(part.value for part in parts)
    return whole(parts, f"(lambda x: through{n}(x, {values}))", apply=f"through{n}(@x@, {values})")


@wrapper("reduce")
def reduce(parts, n, place):
    values = "[" + ", ".join(part.value for part in parts) + "]"
    call = f"functools.reduce(lambda x, part: part(x), {values}, @x@)"
    return whole(parts, f"(lambda x: {call.replace('@x@', 'x')})", apply=call)


@wrapper("composed")
def composed(parts, n, place):
    place.define(
        [
            f"def composed{n}(*parts):",
            "    def through(x):",
            "        for part in parts:",
            "            x = part(x)",
            "        return x",
            "",
            "    return through",
        ],
        False,
    )
    return whole(parts, f"composed{n}({', '.join(part.value for part in parts)})")


@wrapper("decorated function", by_statements=True)
def decorated(parts, n, place):
    place.define(
        [
            f"def shown{n}(function):",
            "    @functools.wraps(function)",
            "    def inside(*args, **kwargs):",
            "        return function(*args, **kwargs)",
            "",
            "    return inside",
        ],
        False,
    )
    place.define([f"@shown{n}", f"def part{n}(x):", *indented(body(parts)), "    return x"], True)
    return whole(parts, f"part{n}", local=True)


@wrapper("decorator that goes on")
def decorator_goes_on(parts, n, place):
    need(len(parts) > 1)
    after = parts[-1].call("function(x)")
    place.define(
        [f"def followed{n}(function):", "    def inside(x):", f"        return {after}", "", "    return inside"], True
    )
    place.define([f"@followed{n}", f"def part{n}(x):", *indented(body(parts[:-1])), "    return x"], True)
    return whole(parts, f"part{n}", local=True)


# ------------------------------------------------------------------ statements


@wrapper("loop")
def loop(parts, n, place):
    values = ", ".join(part.value for part in parts)
    lines = (f"for part{n} in [{values}]:", f"    @x@ = part{n}(@x@)")
    inner = f"functools.reduce(lambda x, part: part(x), [{values}], x)"
    return whole(parts, f"(lambda x: {inner})", lines=lines)


@wrapper("walrus in a comprehension")
def walrus(parts, n, place):
    values = ", ".join(part.value for part in parts)
    inner = f"functools.reduce(lambda x, part: part(x), [{values}], x)"
    return whole(parts, f"(lambda x: {inner})", lines=(f"[@x@ := part(@x@) for part in ({values},)]",))


@wrapper("one expression")
def one_expression(parts, n, place):
    call = "@x@"
    for part in parts:
        call = part.call(call)
    return whole(parts, f"(lambda x: {call.replace('@x@', 'x')})", apply=call)


@wrapper("tuple assignment")
def tuple_assignment(parts, n, place):
    call = "@x@"
    for part in parts:
        call = part.call(call)
    return whole(parts, f"(lambda x: {call.replace('@x@', 'x')})", lines=(f"@x@, before{n} = {call}, @x@",))


@wrapper("branch never taken otherwise")
def branch(parts, n, place):
    lines = tuple(line for part in parts for line in part.statements("@x@"))
    inner = "x"
    for part in parts:
        inner = part.call(inner)
    return whole(parts, f"(lambda x: {inner})", lines=("if @x@ is not None:", *indented(lines)))


@wrapper("name scope")
def name_scope(parts, n, place):
    lines = tuple(line for part in parts for line in part.statements("@x@"))
    inner = "x"
    for part in parts:
        inner = part.call(inner)
    return whole(parts, f"(lambda x: {inner})", lines=(f'with tf.name_scope("part{n}"):', *indented(lines)))


@wrapper("identity added")
def identity_added(parts, n, place):
    kinds = ("layers.Identity()", "Activation('linear')", "layers.Dropout(0)", "layers.Lambda(lambda x: x)")
    none = Spelled(kinds[n % 4], layer=True)
    lines = tuple(line for part in [*parts, none] for line in part.statements("@x@"))
    inner = "x"
    for part in [*parts, none]:
        inner = part.call(inner)
    return whole(parts, f"(lambda x: {inner})", lines=lines)


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
