"""The residual networks kit: `check` and its companions for students, blueprints and a judge for graders."""

import contextlib
import importlib
import importlib.metadata
import os
from collections.abc import Iterator

# Modules of version 0.1 are still found under their old names (see autograder/moved/__init__.py).
__path__.append(os.path.join(os.path.dirname(__file__), "moved"))


GRADER = "RESIDUAL_NETWORKS_GRADER"  # a variable that is set in kernels which the kit's grader starts


class KitError(Exception):
    """A command cannot do what it was asked to; the text says why, and what to do."""


# What notebooks import from here, and the module that has it.
_PUBLIC = {
    "check": "student.checks",
    "hint": "student.tutor",
    "reset": "student.tutor",
    "load_signs": "student.signs",
    "load_picture": "student.signs",
    "train": "student.training",
    "load_weights": "student.training",
    "save_weights": "student.training",
    "check_workplace": "student.environment",
    "explore": "student.environment",
}


def __getattr__(name: str) -> object:
    """Import what notebooks use when they ask for it: the judge does without Keras and data files."""
    if name == "__version__":
        return importlib.metadata.version("residual-networks-kit")
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with quiet():
        return getattr(importlib.import_module(f".{_PUBLIC[name]}", __name__), name)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Drop what is written to the process's stderr: TensorFlow logs its build options there on import."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    before, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(nowhere)
