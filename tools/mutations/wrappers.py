"""Wrappers of a group of steps: functions, and statements in their place."""

from .spelled import Spelled
from .wrapping import body, indented, names_and_lines, need, whole, wrapper

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
