"""The mutation laboratory: is every wrong answer charged, is none that is right, and is the right step named?

    python -m tools.mutations [--exercise NAME] [--sample N] [--seed N] [--cases] [--lines]

It composes answers: each step in one of several spellings, groups of steps in wrappers that nest, the whole in a frame, and
up to three mistakes among the steps. tests/helpers/numpy_keras.py decides which are truly wrong; for a part of them Keras
does, too. All are judged, a part also with the network that calls them. Failures are reduced to their smallest form.
Exits with 1 if a wrong answer gets full points, a right one loses any, a block costs points in the network, or too few first
findings name a touched step.
"""

from . import gradients
from .networks import NETWORKS
from .sampling import drawn

ALL = ("gradient_norms", *NETWORKS)
SHARES = {
    "gradient_norms": 0.04,
    "identity_block": 0.36,
    "convolutional_block": 0.14,
    "preactivation_block": 0.28,
    "ResNet50": 0.18,
}


def draw(exercise, rng, order):
    """A random answer to an exercise, with so many mistakes."""
    return gradients.drawn(rng, order) if exercise == "gradient_norms" else drawn(exercise, rng, order)


def sample(rng, right, wrong, exercises=ALL):
    """Random answers, each source once: so many right ones, and so many that have one mistake (half), two or three."""
    found, seen = [], set()
    total = sum(SHARES[name] for name in exercises)
    for name in exercises:
        for count, mistaken in ((right, False), (wrong, True)):
            wanted, tries = round(count * SHARES[name] / total), 0
            while wanted > 0 and tries < 50 * count:
                tries += 1
                answer = draw(name, rng, (1, 1, 2, 3)[tries % 4] if mistaken else 0)
                if answer.source not in seen:
                    seen.add(answer.source)
                    found.append(answer)
                    wanted -= 1
    rng.shuffle(found)
    return found
