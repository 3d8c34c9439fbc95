"""What students are told about the error that stopped their code."""

import re
from typing import Any

# Errors that no line raises: the function as a whole is not as the task asks. Where they are said to be.
WHOLE = {"WrongSignature": "the function's parameters", "WrongUse": "the function as a whole"}
AT_THE_END, RETURNED, STOPPED = "after the last step", "what the function returns", "a line that stops the function"
NO_STEP = {*WHOLE.values(), AT_THE_END, RETURNED, STOPPED}  # where a finding is, if it is at no step

# What usually causes an error in these exercises: words of its type and message, and a hint. The first that fits counts.
CAUSES = [
    ("NotImplementedError", "This exercise is still to be written from here on."),
    ("WrongSignature", "Compare your `def` line with the task's, argument by argument. What comes with an older notebook?"),
    ("UnboundLocalError|NameError", "Is the name spelled as in the cells above, and assigned before it is used?"),
    ("can(not|'t) be (called twice|built)", "A layer's name can be used once in a network. Who names layers if you do not?"),
    ("share their weights", "Where is this layer made: inside the function, or before it?"),
    (
        "WrongResult: it returns nothing",
        "Is a line such as `X = None` still to be filled in? Or does the function end without `return`?",
    ),
    (
        "WrongResult: it returns a layer",
        "A layer is made with its settings, and then called on a tensor. Which line leaves that out?",
    ),
    ("WrongResult", "What does the task ask the function to return, and what stands in your return statement?"),
    (
        "where its settings belong",
        "A layer is made with its settings, and then called on a tensor, in a second pair of brackets. Where does the "
        "tensor stand in this line?",
    ),
    (
        "made, but not called on a tensor",
        "A layer was handed over instead of a tensor: it was made, but not called on one. Which line before this one leaves "
        "that out?",
    ),
    (
        "__init__.. got multiple values",
        "What stands first in the brackets is taken for the first setting. Is it one, or a tensor that belongs into a "
        "second pair of brackets?",
    ),
    (
        "got multiple values|multiple values for",
        "One argument is given twice, by its place and by its name. Is something here meant to be one list?",
    ),
    (
        "Could not interpret activation|`padding` argument must be",
        "A word in quotes is misspelled. Compare it with the task's.",
    ),
    (
        "on None, where a tensor belongs",
        "A variable that this line reads is None. Which line above has made it so: one that is still to be filled in, "
        "or a call of something that returns nothing?",
    ),
    (
        "unsupported operand.*NoneType|None values not supported|not NoneType",
        "Something here is None. A tape gives None as the gradient where it has not seen how the loss depends on the "
        "variable: is the whole loss computed inside the `with`, and by TensorFlow or Keras? (`predict`, `numpy()` "
        "and functions of np leave the tape.)",
    ),
    ("'NoneType' object is not callable", "What stands before these brackets is None: nothing was ever put there."),
    (
        "object is not callable",
        "What stands before the brackets is no function and no layer. Is a name in quotes, or an argument in another one's "
        "place?",
    ),
    ("index out of range", "A list is shorter than this line takes it to be. Which one, and where does counting start?"),
    (
        "has no attribute '_id'",
        "Something is a plain NumPy number by now: functions of np leave the tape. Which of tf does the same?",
    ),
    ("non-persistent", "A tape gives its gradients once. For how many variables can it be asked at the same time?"),
    (
        "has no attribute 'kernel'",
        "Not every layer has a kernel: the input, activations and BatchNormalization have none. Where does a model list its "
        "trainable variables?",
    ),
    (
        "target.ndim - 1",
        "A loss takes the true classes first, and the predictions second. In which order does this line hand them over?",
    ),
    (
        "must have the same rank",
        "The classes are integers here, one for each picture. Which loss takes integers, and which one number for "
        "each class?",
    ),
    (
        "must be fully-defined",
        "This layer keeps numbers for each place along an axis whose length must be known. Which axis is the "
        "batch, and which holds the channels?",
    ),
    ("is not connected to", "A model leads from its input to its output. Which tensor did you make with Input?"),
    ("to unpack", "How many names stand at the left of `=`, and how many values does the list at the right have?"),
    (
        "missing .* required",
        "An argument that this call needs is not there, or stands under another name. Compare each name with the "
        "layer's own.",
    ),
    (
        "incompatible shapes|[Bb]roadcast",
        "The two tensors that meet here have different shapes. Print both: is it the "
        "number of channels (then look at the filters) or the height and width (then look at stride and padding)?",
    ),
    (
        "KerasTensor (cannot be used|is symbolic)",
        "This tensor has no values yet: it stands for any input. Functions of tf and "
        "np need values; which Keras layer does the same?",
    ),
    (
        "Unrecognized keyword|unexpected keyword",
        "One argument has a name that this call does not know. Is it misspelled, or does it belong to another call of the "
        "line?",
    ),
    (
        "argument must be a tuple",
        "One argument is not what this layer takes in its place. Is it a whole number, and in which order are they taken?",
    ),
    ("NoneType", "Something here is None. Which function did you call last, and does it return its result?"),
    (
        "positional argument",
        "Count the arguments of this call, and compare them with what it takes. A layer is called on one thing: a "
        "tensor, or one list of tensors.",
    ),
    (
        "[Ii]nitializer",
        "What is handed over as the initializer: a text, a function, or what that returns when it is called?",
    ),
    (
        "negative|<= ?…|<= ?0|not be less than|too small",
        "Nothing is left of the picture here. Which step before it shrinks it, and by how much should it?",
    ),
    ("to a shape", "A shape is one thing: a tuple. Is it handed over as one?"),
    ("same length as input", "Pictures have a height and a width. For how many such axes is this layer made?"),
    ("ndim", "This layer expects another number of axes. Print the shape: is something flattened too early or too late?"),
    ("kernel_size|strictly positive|filters", "Which argument is the number of filters, and which the size of the window?"),
    (
        "not supported between instances of '(list|str|tuple)'|not subscriptable",
        "Which argument is a list, which a single number, and which a text in quotes?",
    ),
    ("TypeError", "Look at the order and the number of the arguments in that line."),
    ("[Ss]hape", "Print the shapes of the tensors just before that line: do they fit?"),
    ("ValueError", "Read the message once more. Which value in that line does it speak of?"),
    ("RecursionError", "Which function calls itself here, and should it?"),
]


def error_words(error: Any, with_line: bool = True) -> str:
    """An error, as `hand_in.read_error` gives it, in a sentence."""
    if not isinstance(error, dict):
        return "it stops with an error."
    if error.get("type") == "NotImplementedError":
        return "it is not written from here on."
    if error.get("type") in ("WrongResult", *WHOLE):
        return f"{error.get('message', '')}."
    place = f"in line {error['line']} of the function:" if error.get("line") else "in the line"
    where = f", {place} `{error['code']}`" if with_line and error.get("code") else "."
    message = error.get("message", "").rstrip(".")
    return f"it stops with {error.get('type', 'an error')}: {message}{where}"


def error_hint(error: Any) -> str:
    """What usually causes such an error, as a hint, or ""."""
    if not isinstance(error, dict):
        return ""
    said = f"{error.get('type')}: {error.get('message')}"
    return next((hint for pattern, hint in CAUSES if re.search(pattern, said)), "")
