"""What a group of steps can be wrapped in. A wrapper takes the spelled parts of a chain and gives one spelled whole.

Each is a function of (parts, n, place): n is a number used nowhere else; `place.define(lines, local)` puts a definition
before the function, or into it where it uses what is local.
"""

import ast

from .spelled import Spelled

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
