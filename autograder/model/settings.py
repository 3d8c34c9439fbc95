"""In which settings a submission's node differs from the reference's."""

from dataclasses import dataclass
from typing import Any

from .graph import Graph, Node
from .keras_settings import same_padding


@dataclass
class SettingDifference:
    """One setting that differs: its key ("op" where the operation is another one), and both values."""

    key: str
    expected: Any
    found: Any


def setting_differences(reference: Graph, r: int, graph: Graph, g: int) -> list[SettingDifference]:
    """The settings in which node `r` of the reference and node `g` of the graph differ."""
    a, b = reference.nodes[r], graph.nodes[g]
    if a.op != b.op:
        return [SettingDifference("op", a.op, b.op)]
    if a.op == "Input":
        return _input_differences(a, b)
    found = []
    for key in sorted(set(a.settings) | set(b.settings)):
        expected, other = a.settings.get(key), b.settings.get(key)
        if key == "use_bias" and None in (expected, other):
            continue
        if key == "pads":
            styles, others = padding_style(reference, r), padding_style(graph, g)
            if not set(styles) & set(others):
                found.append(SettingDifference(key, styles[0], others[0]))
        elif key == "kernel_initializer" and expected != other:
            same_class = str(expected).split("(")[0] == str(other).split("(")[0] and "seed=" in str(expected)
            found.append(SettingDifference("seed" if same_class else "initializer", expected, other))
        elif not _same(expected, other):
            found.append(SettingDifference(key, expected, other))
    return found


def _input_differences(a: Node, b: Node) -> list[SettingDifference]:
    found = []
    if a.shape[1:] != b.shape[1:]:
        found.append(SettingDifference("shape", list(a.shape[1:]), list(b.shape[1:])))
    elif a.shape != b.shape:
        found.append(SettingDifference("batch_size", a.shape[0], b.shape[0]))
    if a.settings.get("dtype") != b.settings.get("dtype"):
        found.append(SettingDifference("dtype", "float32", b.settings.get("dtype")))
    return found


def _same(a: Any, b: Any) -> bool:
    """Equal as JSON is: True is not 1, a list of lists is compared within."""
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(_same, a, b))
    return bool(a == b) and isinstance(a, bool) == isinstance(b, bool)


def padding_style(graph: Graph, index: int) -> list[str]:
    """The ways in which a node's padding can be written: "valid", "same", and the zeros themselves."""
    node = graph.nodes[index]
    pads, shape = node.settings["pads"], graph.nodes[node.inputs[0]].shape
    size = node.settings.get("kernel_size") or node.settings.get("pool_size")
    styles = [] if any(pads) else ["valid"]
    if size and len(shape) == 4 and None not in shape[1:3]:
        same = same_padding(shape, size, node.settings["strides"], node.settings.get("dilation_rate", (1, 1)))
        styles += ["same"] if list(pads) == same else []
    return [*styles, str(tuple(pads))]
