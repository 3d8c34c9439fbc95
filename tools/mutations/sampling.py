"""Random answers to the exercises that ask for a graph."""

import re

from . import spellings, wrong
from .answers import OPTIONS, Answer
from .networks import network
from .tables import TABLES
from .wrapping import WRAPPERS

# Keras builds what these hold four times or more: they are drawn less often than others, so that more answers can be judged.
DEAR = re.compile("own layer|own model|Lambda|Sequential|functional model|held by a layer|subclass with call")
LESS = 0.2


def drawn(exercise, rng, order=0):
    """A random answer with so many mistakes."""
    solution = network(exercise)
    known = wrong.mistakes_of(solution)
    while True:
        answer = Answer(exercise, tuple(rng.sample(known, order)))
        try:
            made, _ = answer.built()
        except wrong.Impossible:
            continue
        answer.spelled = _drawn_spellings(made, rng)
        answer.groups = _drawn_groups(made, rng)
        answer.frame = {name: rng.choice(values) for name, values in OPTIONS.items() if rng.random() < 0.4}
        return answer


def _drawn_spellings(made, rng):
    """Most steps in a spelling of their own; often all of one operation in the same, as a person writes."""
    habit, found = {}, {}
    for path in made.paths():
        for step in path:
            table = list(spellings.PAIRS) if step.op == "add" else list(spellings.table_of(step))
            usual = habit.setdefault(step.op, _choice(table, rng))
            found[step.key] = usual if rng.random() < 0.5 else _choice(table, rng)
    return found


def _choice(names, rng):
    return rng.choices(names, [LESS if DEAR.search(name) else 1 for name in names])[0]


def _drawn_groups(made, rng):
    found = []
    chains = [made.main[: made.branch], made.main[made.branch :], made.side, [s for s in made.tail if s.op != "add"]]
    for chain in chains:
        found += _nested(chain, rng, 0)
    return tuple(found)


def _nested(chain, rng, depth):
    """Random groups within a chain: one after the other, and within each other."""
    found, k = [], 0
    while k < len(chain) and depth < 3:
        length = rng.randint(1, min(len(chain) - k, 8))
        if rng.random() < 0.6 and not (length == 1 and depth):
            part = chain[k : k + length]
            kind = _choice([*WRAPPERS, *(TABLES if re.search("conv", part[0].op) else ())], rng)
            found.append((kind, part[0].key, part[-1].key))
            if depth < 2 and length > 1 and kind not in TABLES:
                found += [g for g in _nested(part, rng, depth + 1) if g[1:] != found[-1][1:]]
        k += length
    return found
