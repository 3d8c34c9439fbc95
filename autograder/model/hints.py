"""The hints on a finding, one after another: a question, the place to look at, the name of what to look up. None is code."""

import re
from typing import Any

from .exercise import Exercise, Step
from .findings import ALSO
from .graph import BLOCK
from .operations import Kind, kind_of
from .verdict import Finding, Verdict

# The setting that a code names, in Keras's words.
ARGUMENTS = {
    "pads": "padding",
    "seed": "{initializer}, and the seed with which the initializer is called",
    "initializer": "{initializer}",
    "training": "training: it is not needed here at all",
}
SETTINGS = {
    *ARGUMENTS,
    "axis",
    "filters",
    "units",
    "kernel_size",
    "strides",
    "pool_size",
    "shape",
    "dilation_rate",
    "f",
    "s",
}
ABOUT_THE_RETURN = (
    "Go to the last line of your function. Does it begin with `return`, is it indented as the lines above it are, and what "
    "does the variable after it hold?"
)
ABOUT_NUMBERS = (
    "Take a model so small that you can do its gradient by hand: one weight, one example. What does your function make of "
    "it?"
)


def hints_for(exercise: Exercise, verdict: Verdict) -> list[str]:
    """The hints on the first finding of a verdict."""
    finding = verdict.findings[0]
    step = exercise.step(finding.steps[0])
    first = finding.hint or "Go through the steps of the task and through your lines side by side. Which two differ?"
    if finding.error and finding.error.get("code"):
        asks = f" The task asks there for: {finding.asked}." if finding.asked else ""
        place = f"the marked line.{asks} Read it aloud, word by word: what does each name in it hold when the line runs?"
        return [first, f"Look at one place only: {place}", _about_the_line(finding.error)]
    asks = f" The task asks for: {finding.asked}." if finding.asked else ""
    place = f"Look at one place only: {finding.where.partition(ALSO)[0]}.{asks}"
    if finding.error:
        return [first, place] + [ABOUT_THE_RETURN] * (finding.error.get("type") == "WrongResult")
    return [
        first,
        f"{place} Read your line for this step aloud, word by word, and compare.",
        ABOUT_NUMBERS if exercise.kind == "array" else _what_to_look_up(finding, step),
    ]


def _what_to_look_up(finding: Finding, step: Step) -> str:
    kind, _, rest = finding.codes[0].partition(":")
    key = rest.rpartition(".")[2]
    if kind == "setting" and key in SETTINGS:
        argument = ARGUMENTS.get(key, key).format(initializer=_initializer(step))
        return f"The argument to look at is {argument}. Find where your line sets it, or that it does not.{_page(step)}"
    if kind == "setting" and key == "op":
        return f"{_name(step)} What does your line call in its place?{_page(step)}"
    if kind in ("missing", "order"):
        return f"{_name(step)} Between which two of your lines does it belong?{_page(step)}"
    if kind == "extra":
        return "One of your lines does something that the task does not list. Cover them one by one, and count the rest."
    if kind in ("source", "input", "return", "unlike"):
        return (
            "Write the name of the variable that each line reads and the one that it writes beside the lines. "
            "Where does an arrow of the figure start at another box?"
        )
    return f"Put `print(X.shape)` after each line, and compare with the shapes in the table.{_page(step)}"


def _name(step: Step) -> str:
    """A sentence about what a step is called."""
    if step.op.startswith(BLOCK):
        return f"This step is a call of `{step.op.removeprefix(BLOCK)}`."
    if _only_activation(step):
        return f"In Keras this step is the activation {step.op.lower()}: a layer of its own, or a setting of the one before."
    return f"In Keras this step is called {step.op or step.name}."


def _page(step: Step) -> str:
    """A sentence about where Keras describes a step: under a name that the notebooks import."""
    if not step.op[:1].isupper():
        return ""
    name = f"keras.activations.{step.op.lower()}" if _only_activation(step) else step.op
    return f" `help({name})` lists its arguments."


def _only_activation(step: Step) -> bool:
    """Whether a step is an activation that the notebooks do not import as a layer."""
    return kind_of(step.op) is Kind.ACTIVATION and step.op != "ReLU"


def _initializer(step: Step) -> str:
    return "depthwise_initializer" if step.op.startswith("Depthwise") else "kernel_initializer"


def _about_the_line(error: dict[str, Any]) -> str:
    """The last hint on an error: how to look at the line that raised it."""
    message = error["message"]
    if error["type"] in ("NameError", "UnboundLocalError"):
        return (
            "Compare each name in the marked line, letter by letter, with where you or the first cell defined it. Case "
            "counts."
        )
    if "not called on a tensor" in message:
        return (
            "Go up from the marked line to the one that set the variable in its last brackets. How many pairs of "
            "brackets has it?"
        )
    called = re.findall(r"\b([A-Z]\w+)\(", error["code"])
    if called and re.search(r"argument|keyword|settings belong|identifier|interpret|unpack|a shape|instances of", message):
        return f"`help({called[0]})` lists what this call takes, and in which order. Compare it with the marked line."
    if re.search(r"[Ss]hape|ndim", message) and "None, where" not in message:
        return (
            "Put `print(X.shape)`, with the name of each tensor that the marked line reads, before that line, and "
            "run the cell again: which of them is not what you thought?"
        )
    return "Print what the marked line reads, each variable for itself, before that line: which is not what you thought?"
