"""What stopped a student's code, as plain data: the kind of error, its message, and the line that it came from."""

import linecache
import os
import re

import keras

from .stand_ins import globals_of, python_function
from .trace import is_symbolic

ERROR_TEXT = 400  # characters of an error's message that are kept
PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class WrongResult(TypeError):
    """The student's function returned something of another kind than the task asks for."""


class WrongSignature(TypeError):
    """The student's function does not take the arguments that the task names."""


class WrongUse(TypeError):
    """A call of it goes well, but a network that uses it cannot be built, or shares what must not be shared."""


def is_layer(value):
    """Whether something is a layer, and no model."""
    return isinstance(value, keras.layers.Layer) and not isinstance(value, keras.Model)


def made_of_a_tensor(error):
    """The layer that was given a tensor where its settings belong, and what it asked of the tensor; or (None, None)."""
    layer = asked = None
    trail = error.__traceback__
    while trail is not None:
        owner, name = trail.tb_frame.f_locals.get("self"), trail.tb_frame.f_code.co_name
        if name == "__init__" and is_layer(owner) and any(map(is_symbolic, trail.tb_frame.f_locals.values())):
            layer = layer or owner
        if name == "__bool__" and is_symbolic(owner):
            asked = owner
        trail = trail.tb_next
    return layer, layer and asked


def _plain_message(error):
    """An exception's message without what Keras puts around it: colours, the layer's method, and all of its arguments."""
    message = " ".join(re.sub(r"\x1b\[\d*m| for variable path='[^']*'", "", str(error)).split())
    calling = re.match(r"Exception encountered when calling (?:layer )?[\"']?(\w+)(?:\.call\(\))?[^.]*\. (.*)", message)
    if not calling:
        return _in_plain_words(message)
    if "(None)" in message or "inputs=None" in message:
        return f"{calling[1]} is called on None, where a tensor belongs"
    return _in_plain_words(re.split(r" (?:Arguments received by|Call arguments received by) ", calling[2])[0])


def _in_plain_words(message):
    """A message without the names of Keras's inner classes, which no student has met."""
    if message.startswith("Merge.__init__() takes 1 positional"):
        return "a layer that joins tensors is given something where its settings belong"
    return message.replace("TrackedList", "list").replace("Output with path `` is not", "the output is not")


def describe_error(error, function):
    """An exception as data: its type, its message and the student's line that it came from, with its number where it is
    in the function itself."""
    message = _plain_message(error)[:ERROR_TEXT]
    if isinstance(error, (WrongResult, WrongSignature, WrongUse)):
        message = message.rstrip(".")
    layer, _ = made_of_a_tensor(error)
    if layer is not None:
        message = f"{type(layer).__name__}(...) is given a tensor where its settings belong"
    if handed := re.search(r"should be passed as a keyword argument: <(\w+) name=", message):
        message = f"{handed[1]}(...) stands where a tensor belongs: it is a layer that was made, but not called on a tensor"
    found = {"type": type(error).__name__, "message": message, "line": None, "code": ""}
    names, own = globals_of(function), getattr(python_function(function), "__code__", None)
    trail, students = error.__traceback__, False
    while trail is not None:
        frame = trail.tb_frame
        students = frame.f_globals is names and not frame.f_code.co_filename.startswith(PACKAGE)
        if students:
            found["line"] = trail.tb_lineno - frame.f_code.co_firstlineno + 1 if frame.f_code is own else None
            found["code"] = linecache.getline(frame.f_code.co_filename, trail.tb_lineno).strip()[:200]
        trail = trail.tb_next
    if isinstance(error, NotImplementedError) and not students:
        found["type"] = "RuntimeError"  # Keras's own: no stub that is still to be written
    return found
