"""The residual networks kit: `check` and `load_signs` for students, blueprints and a judge for graders."""
import contextlib
import os

__version__ = "0.1.0"


def __getattr__(name):
    """Import `check` and `load_signs` when they are asked for: the judge does without Keras and data files."""
    if name == "check":
        with _quiet():
            from .checks import check
        return check
    if name == "load_signs":
        from .signs import load_signs
        return load_signs
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@contextlib.contextmanager
def _quiet():
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
