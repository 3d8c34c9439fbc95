"""The mistakes: changes of an answer before it is spelled, so that the steps that they touch are known.

A mistake is (operator, key of a step or name, change). `mistakes_of` lists all of a network; `apply` makes one.
"""

from .networks import Step

PLAIN = {"random_uniform": ("glorot_uniform", "he_normal"), "glorot_uniform": ("he_normal", "random_uniform")}
INITIALIZERS = {
    "initializer(seed=0)": ["initializer(seed=1)", "initializer()", "glorot_uniform(seed=0)", "he_normal(seed=0)", ""],
    "glorot_uniform(seed=0)": [
        "glorot_uniform(seed=1)",
        "glorot_uniform()",
        "he_normal(seed=0)",
        "random_uniform(seed=0)",
        "",
    ],
}
STRIDES = {"s": ["1", "2", "(s, 1)", "(1, s)"], "1": ["2", "(2, 1)"], "2": ["1", "3", "(2, 1)"]}
SIZES = {"1": ["2", "3", "f"], "f": ["1", "3", "(f, 1)", "f + 1"], "7": ["5", "3", "(7, 5)"]}
FILTERS = {"F1": ["F2", "F3", "f", "4"], "F2": ["F1", "F3", "4"], "F3": ["F1", "F2", "4"], "64": ["32", "128", "classes"]}
OTHER_RELU = ["'tanh'", "'sigmoid'", "'elu'", "'leaky_relu'", "'relu6'", "'softplus'", "'gelu'", "'linear'"]
SETTINGS = {  # operation: operator, setting, the values that replace each value (None: any)
    "conv": [
        ("stride", "strides", STRIDES),
        ("kernel size", "size", SIZES),
        ("filters", "filters", FILTERS),
        ("initializer", "initializer", INITIALIZERS),
        ("own activation", "activation", {None: ["'relu'", "'tanh'"]}),
    ],
    "bn": [
        ("axis", "axis", {"3": ["1", "2"]}),
        ("epsilon", "epsilon", {None: ["0.1"]}),
        ("training flag", "training", {None: ["True", "False"]}),
        ("scale or centre", "scale", {None: ["False"]}),
        ("scale or centre", "center", {None: ["False"]}),
    ],
    "relu": [("activation", "name", {"'relu'": OTHER_RELU})],
    "softmax": [("activation", "name", {"'softmax'": ["'sigmoid'", "'relu'", "'linear'", "'softplus'"]})],
    "pad": [("zero padding", "padding", {"3": ["2", "1", "4", "((3, 3), (0, 0))"]})],
    "max": [("pool", "size", {"3": ["2"]}), ("pool", "padding", {"'valid'": ["'same'"]}), ("pool", "strides", {"2": ["1"]})],
    "average": [("pool", "size", {"2": ["1"]})],
    "dense": [
        ("hard-coded", "units", {"classes": ["6", "10", "classes + 1"]}),
        ("initializer", "initializer", INITIALIZERS),
    ],
}
BLOCK = [("block arguments", "f", {"3": ["1", "5"]}), ("block arguments", "initializer", {None: ["he_normal"]})]
OTHER_OPERATION = {
    "max": "average",
    "average": "max",
    "identity_block": "convolutional_block",
    "convolutional_block": "identity_block",
}
MERGES = ["Concatenate", "Subtract", "Multiply", "Average", "Maximum"]
EXTRA = [
    Step("", "relu", {"name": "'relu'"}),
    Step("", "bn", {"axis": "3"}),
    Step("", "literal", {"literal": "layers.Dropout(0.4)"}),
]
DEFAULTS = {"s": ("1", {"conv1", "shortcut_conv"}), "classes": ("10", {"dense"}), "input_shape": ("(64, 64, 1)", {"input"})}


def mistakes_of(network):
    """All first-order mistakes in a network."""
    found = []
    for path in network.paths():
        for k, step in enumerate(path):
            found += _of_settings(network, step)
            if step.op == "add":
                continue
            found += [("drop", step.key, None), ("duplicate", step.key, None), ("lost", step.key, None)]
            found += [("extra", step.key, number) for number in range(len(EXTRA)) if network.is_block or k < 4]
            if k + 1 < len(path):
                found.append(("swap", step.key, path[k + 1].key))
    found += [("default", name, None) for name in network.defaults]
    if network.is_block:
        found += [("merge", "add", name) for name in MERGES] + [("merge variables", "add", pair) for pair in ("XX", "SS")]
        found += [("shortcut elsewhere", "add", k) for k in range(1, len(network.main) + 1)]
        found += [("return", "add", name) for name in ("S", "None", "")]
    else:
        found += [("return", "softmax", name) for name in ("X", "None", "input")]
        found += [("hard-coded", "input", "(64, 64, 3)")]
    return found


def _of_settings(network, step):
    found, s = [], step.settings
    is_block = step.op.endswith("_block")
    for operator, setting, table in BLOCK if is_block else SETTINGS.get(step.op, ()):
        values = table.get(s.get(setting), table.get(None, []))
        found += [(operator, step.key, (setting, value)) for value in values]
    if step.op == "conv" and s["padding"] == "'same'":
        found += [("padding", step.key, ("padding", "'valid'")), ("dilation", step.key, ("dilation_rate", "2"))]
    if step.op == "conv" and s["size"] == "7":
        found.append(("padding", step.key, ("padding", "'same'")))
    if is_block:
        a, b, c = s["filters"][1:-1].split(", ")
        found += [("filters", step.key, ("filters", f"[{', '.join(new)}]")) for new in ((a, b, a), (c, b, a), ("32", b, c))]
    if step.op == "convolutional_block":
        found += [("stride", step.key, ("s", value)) for value in ("1", "2", "3") if value != s["s"]]
    if step.op in OTHER_OPERATION:
        found.append(("other operation", step.key, OTHER_OPERATION[step.op]))
    if step.op == "average":
        found.append(("pool", step.key, ("literal", "GlobalAveragePooling2D()")))
    return found


class Impossible(Exception):
    """The step that a mistake would change is no longer there."""


def apply(network, mistake):
    """Change a network; the ids of the steps that the change touches. Raises Impossible."""
    operator, key, change = mistake
    if operator in ("default", "merge", "merge variables", "shortcut elsewhere", "return") or key == "input":
        return _of_network(network, *mistake)
    path, k = _find(network, key)
    step = path[k]
    after = path[k + 1 : k + 2]
    if operator == "drop":
        del path[k]
        network.branch -= path is network.main and k < network.branch
        return {step.id}
    if operator == "duplicate":
        path.insert(k + 1, Step(step.id, step.op, dict(step.settings), f"{step.key}+"))
        return {step.id}
    if operator == "lost":
        step.lost = True
        return {step.id, *(s.id for s in after), *(["add"] if path is network.side or not after else [])}
    if operator == "extra":
        extra = EXTRA[change]
        path.insert(k + 1, Step(step.id, extra.op, dict(extra.settings), f"{step.key}+{change}"))
        return {step.id, *(s.id for s in after)}
    if operator == "swap":
        if not after or after[0].key != change:
            raise Impossible
        path[k : k + 2] = [*after, step]
        return {step.id, after[0].id}
    if operator == "other operation":
        step.op = change
        if step.op == "convolutional_block":
            step.settings.setdefault("s", "2")
        elif step.op == "identity_block":
            step.settings.pop("s", None)
        return {step.id}
    step.settings[change[0]] = change[1]
    return {step.id}


def _find(network, key):
    for path in network.paths():
        for k, step in enumerate(path):
            if step.key == key:
                return path, k
    raise Impossible


def _of_network(network, operator, key, change):
    last = (network.tail or network.main)[-1].id
    if operator == "default":
        if key == "initializer":
            network.defaults[key] = PLAIN[network.defaults[key]][0]
            return {"conv1"}
        network.defaults[key], touched = DEFAULTS[key]
        return set(touched)
    if operator == "hard-coded":
        network.defaults["shape"] = change
        return {"input"}
    if operator == "return":
        network.result = change
        return {last, "add"} if network.is_block else {"softmax", "dense"}
    if not any(step.op == "add" for step in network.tail):
        raise Impossible
    add = next(step for step in network.tail if step.op == "add")
    if operator == "merge":
        add.settings["merge"] = change
        return {"add"}
    if operator == "merge variables":
        network.added = tuple(change)
        return {"add"} | ({"shortcut_conv", "shortcut_bn", "bn3"} if network.side else set())
    if change > len(network.main):
        raise Impossible
    network.branch = change
    return {"add", "shortcut_conv"} & {s.id for path in network.paths() for s in path}
