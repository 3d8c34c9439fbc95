"""The spellings of single steps: for each operation, functions from a step's settings to source code.

A spelling is the source code of a callable, a Keras layer or a function; one that needs definitions gives them besides.
"""

from .spelled import Spelled, by_name, is_number_like, listed, pair, same, size_of
from .weighted import DENSE, NORM, NORM_TOLD, conv_spellings

RELU_CLASS = """\
class Rectifier{n}(layers.Layer):
    def call(self, x):
        return {function}
"""
RELU_FUNCTION = """\
def rectified{n}(x):
    return {function}
"""
RELU_OWN_INIT = """\
class Rectifier{n}(Activation):
    def __init__(self):
        super().__init__("relu")
"""
RELU = {
    "layer ReLU": (True, "ReLU()"),
    "layers.ReLU with settings": (True, "layers.ReLU(max_value=None, negative_slope=0.0, threshold=0.0)"),
    "Activation of a function": (True, "Activation(keras.activations.relu)"),
    "Activation of tf.nn.relu": (True, "Activation(tf.nn.relu)"),
    "Activation by keyword": (True, "layers.Activation(activation='relu')"),
    "Activation of keras.ops": (True, "Activation(keras.ops.relu)"),
    "Activation of a lambda": (True, "Activation(lambda x: keras.ops.maximum(x, 0))"),
    "keras.activations.relu": (False, "keras.activations.relu"),
    "keras.activations.get": (False, "keras.activations.get('relu')"),
    "keras.ops.relu": (False, "keras.ops.relu"),
    "keras.ops.maximum": (False, "(lambda x: keras.ops.maximum(x, 0))"),
    "Lambda": (True, "layers.Lambda(lambda x: keras.ops.relu(x))"),
    "Lambda of tf.nn.relu": (True, "layers.Lambda(tf.nn.relu)"),
    "Lambda of tf.maximum": (True, "layers.Lambda(lambda x: tf.maximum(x, 0.0))"),
    "own layer": (True, "Rectifier{n}()", RELU_CLASS.replace("{function}", "keras.ops.relu(x)")),
    "own layer with tf": (True, "Rectifier{n}()", RELU_CLASS.replace("{function}", "tf.nn.relu(x)")),
    "own function": (False, "rectified{n}", RELU_FUNCTION.replace("{function}", "keras.ops.maximum(0.0, x)")),
    "subclass with __init__": (True, "Rectifier{n}()", RELU_OWN_INIT),
    "twice": (True, "keras.Sequential([ReLU(), Activation('relu')])"),
}

PAIRS = {
    "Add": "Add()([@a@, @b@])",
    "Add, other order": "layers.Add()((@b@, @a@))",
    "plus": "@a@ + @b@",
    "plus, other order": "@b@ + @a@",
    "layers.add": "layers.add([@a@, @b@])",
    "keras.ops.add": "keras.ops.add(@a@, @b@)",
    "operator.add": "operator.add(@a@, @b@)",
    "sum": "sum([@a@, @b@])",
    "reduce": "functools.reduce(operator.add, (@a@, @b@))",
    "Lambda": "layers.Lambda(lambda pair: pair[0] + pair[1])([@a@, @b@])",
    "Lambda of layers.add": "(lambda *pair: layers.add(list(pair)))(@a@, @b@)",
    "own layer": "Sum()([@a@, @b@])",
    "own layer of two": "Sum()(@a@, @b@)",
}
PAIR_CLASSES = {
    "own layer": "class Sum(layers.Layer):\n    def call(self, both):\n        return both[0] + both[1]\n",
    "own layer of two": "class Sum(layers.Layer):\n    def call(self, a, b):\n        return keras.ops.add(a, b)\n",
}

PAD = {
    "as in the task": lambda s, n: (f"ZeroPadding2D({size_of(s['padding'])})",),
    "an int": lambda s, n: (f"layers.ZeroPadding2D({s['padding']})",),
    "by keyword": lambda s, n: (f"ZeroPadding2D(padding={size_of(s['padding'], listed)})",),
    "four numbers": lambda s, n: (
        f"ZeroPadding2D({pair(size_of(s['padding'])) if is_number_like(s['padding']) else s['padding']})",
    ),
    "partial": lambda s, n: (f"functools.partial(ZeroPadding2D, padding={s['padding']})()",),
    "subclass": lambda s, n: (
        f"Frame{n}()",
        f"class Frame{{n}}(ZeroPadding2D):\n    def __init__(self):\n        super().__init__({s['padding']})\n",
    ),
    "Lambda of keras.ops.pad": lambda s, n: (
        f"layers.Lambda(lambda x: keras.ops.pad(x, [[0, 0], *{sides(s['padding'])}, [0, 0]]))",
    ),
}


def sides(padding):
    return f"[[{padding}, {padding}]] * 2" if is_number_like(padding) else f"[list(p) for p in {padding}]"


def pool_arguments(s, form=pair, leave_out=False):
    found = {"pool_size": size_of(s["size"], form)}
    if "strides" in s:
        found["strides"] = size_of(s["strides"], form)
    if s.get("padding", "'valid'") != "'valid'" or ("padding" in s and not leave_out):
        found["padding"] = s["padding"]
    return found


def pools(name, short, kind):
    return {
        "as in the task": lambda s, n: (f"{name}({by_name(pool_arguments(s, pair, True)).replace('pool_size=', '')})",),
        "ints": lambda s, n: (f"layers.{name}({by_name(pool_arguments(s, same, True)).replace('pool_size=', '')})",),
        "by keyword": lambda s, n: (f"{name}({by_name(pool_arguments(s, listed))})",),
        "short name": lambda s, n: (f"layers.{short}({by_name(pool_arguments(s))})",),
        "partial": lambda s, n: (f"functools.partial({name}, {by_name(pool_arguments(s, same, True))})()",),
        "subclass": lambda s, n: (
            f"Pool{n}()",
            f"class Pool{{n}}({name}):\n    def __init__(self):\n        super().__init__({by_name(pool_arguments(s))})\n",
        ),
    }


FLATTEN = {
    "as in the task": lambda s, n: ("Flatten()",),
    "layers.Flatten": lambda s, n: ("layers.Flatten()",),
    "Reshape": lambda s, n: ("layers.Reshape((-1,))",),
    "Lambda of Flatten": lambda s, n: ("(lambda x: Flatten()(x))",),
    "subclass": lambda s, n: ("Flat{n}()", "class Flat{n}(Flatten):\n    pass\n"),
    "by its shape": lambda s, n: ("(lambda x: layers.Reshape((x.shape[1] * x.shape[2] * x.shape[3],))(x))",),
}


SOFTMAX = {
    "Activation": (True, "Activation('softmax')"),
    "layer Softmax": (True, "layers.Softmax()"),
    "layer Softmax with its axis": (True, "layers.Softmax(axis=-1)"),
    "Activation of a function": (True, "Activation(keras.activations.softmax)"),
    "Activation of tf.nn.softmax": (True, "Activation(tf.nn.softmax)"),
    "keras.activations.softmax": (False, "keras.activations.softmax"),
    "keras.ops.softmax": (False, "keras.ops.softmax"),
    "Lambda": (True, "layers.Lambda(lambda x: keras.ops.softmax(x))"),
}


def block_arguments(name, s, keywords=("f", "filters", "s"), defaults=False):
    found = {key: s[key] for key in ("f", "filters", "s") if key in s}
    if defaults and name == "convolutional_block" and found.get("s") == "2":
        del found["s"]
    rest = {k: v for k, v in s.items() if k not in found and k != "s"}
    return ", ".join([f"{k}={v}" if k in keywords else v for k, v in found.items()] + [f"{k}={v}" for k, v in rest.items()])


def blocks(name):
    def applied(text):
        return lambda s, n: (f"(lambda x: {text(s)})", "", "", text(s).replace("(x, ", "(@x@, ").replace("X=x", "X=@x@"))

    return {
        "as in the task": applied(lambda s: f"{name}(x, {block_arguments(name, s, ('f', 'filters', 's'))})"),
        "positional": applied(lambda s: f"{name}(x, {block_arguments(name, s, ())})"),
        "stride by name": applied(lambda s: f"{name}(x, {block_arguments(name, s, ('s',))})"),
        "default stride": applied(lambda s: f"{name}(x, {block_arguments(name, s, ('filters', 's'), True)})"),
        "X by name": applied(lambda s: f"{name}(X=x, {block_arguments(name, s)})"),
        "star keywords": applied(lambda s: f"{name}(x, **dict({block_arguments(name, s)}))"),
        "filters as a tuple": applied(
            lambda s: f"{name}(x, {block_arguments(name, s | {'filters': as_tuple(s['filters'])})})"
        ),
        "partial": lambda s, n: (f"functools.partial({name}, {block_arguments(name, s)})",),
        "alias": lambda s, n: (
            f"(lambda x: block{n}(x, {block_arguments(name, s)}))",
            f"block{{n}} = {name}\n",
            "",
            f"block{n}(@x@, {block_arguments(name, s)})",
        ),
        "table": applied(lambda s: f"{{'block': {name}}}['block'](x, {block_arguments(name, s)})"),
    }


def as_tuple(filters):
    return f"({filters[1:-1]})"


# ------------------------------------------------------------------ by step

FIXED = {"pad": PAD, "flatten": FLATTEN, "dense": DENSE}
POOLS = {"max": pools("MaxPooling2D", "MaxPool2D", max), "average": pools("AveragePooling2D", "AveragePooling2D", min)}
AVERAGE_SAME = {"padding same": lambda s, n: ("AveragePooling2D((2, 2), padding='same')",)}
WITH_WEIGHTS = ("conv", "bn", "dense", "identity_block", "convolutional_block", "literal")


def table_of(step):
    """The spellings of a step by their names: functions of its settings and a number that is used nowhere else."""
    s = step.settings
    if "literal" in s:
        return {"as it is": lambda s, n: (s["literal"],)}
    if step.op == "conv":
        return conv_spellings(step)
    if step.op == "bn":
        return {k: told(v, s["training"]) for k, v in NORM.items()} if "training" in s else NORM | NORM_TOLD
    if step.op == "relu":
        return _functions(RELU, s["name"])
    if step.op == "softmax":
        return _functions(SOFTMAX, s["name"])
    if step.op in POOLS:
        plain = step.op == "average" and s == {"size": "2"}
        return POOLS[step.op] | (AVERAGE_SAME if plain else {})
    return FIXED[step.op] if step.op in FIXED else blocks(step.op)


def told(spelling, mode):
    """The same layer, called with a fixed `training`."""

    def spelled(s, n):
        return (*(*spelling(s, n), "")[:2], f"training={mode}")

    return spelled


OTHER_FUNCTION = {
    "Activation": (True, "Activation({name})"),
    "Activation by keyword": (True, "layers.Activation(activation={name})"),
    "keras.activations": (False, "keras.activations.{word}"),
    "Activation of a function": (True, "Activation(keras.activations.{word})"),
    "Lambda": (True, "layers.Lambda(lambda x: keras.activations.{word}(x))"),
    "own layer": (True, "Rectifier{n}()", RELU_CLASS.replace("{function}", "keras.activations.{word}(x)")),
    "own function": (False, "rectified{n}", RELU_FUNCTION.replace("{function}", "keras.activations.{word}(x)")),
}


def _functions(table, name):
    usual = {"'relu'": RELU, "'softmax'": SOFTMAX}.get(name)
    table = OTHER_FUNCTION if usual is not table else {"as in the task": (True, f"Activation({name})"), **table}
    word = {"None": "linear"}.get(name, name.strip("'"))

    def filled(entry):
        texts = [text.replace("{name}", name).replace("{word}", word) for text in entry[1:]]
        return lambda s, n: (texts[0].replace("{n}", str(n)), *texts[1:])

    return {key: filled(entry) for key, entry in table.items()}


FUNCTION_SPELLINGS = {name for table in (RELU, SOFTMAX, OTHER_FUNCTION) for name, entry in table.items() if not entry[0]}
FUNCTION_SPELLINGS |= {"Lambda of Flatten", "by its shape"}


def spell(step, name, n):
    """A step in the spelling of this name, in the usual one where it has no such; n: a number used nowhere else."""
    table = table_of(step)
    name = name if name in table else next(iter(table))
    value, top, told_as, apply = (*table[name](step.settings, n), "", "", "")[:4]
    value = value.replace("{n}", str(n))
    is_block = step.op.endswith("block")
    layer = not is_block and not (step.op not in ("conv", "bn") and name in FUNCTION_SPELLINGS) and not told_as
    if told_as:
        apply = f"{value}(@x@, {told_as})"
        value = f"(lambda x: {value}(x, {told_as}))"
    if not layer and not apply and not is_block and value.startswith("(lambda"):
        apply = f"{value}(@x@)"
    weights = step.op in WITH_WEIGHTS
    return Spelled(
        value,
        layer,
        weights,
        mode=step.op == "bn" and not told_as,
        apply=apply,
        top=(top.replace("{n}", str(n)),) if top else (),
    )
