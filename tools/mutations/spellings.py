"""The spellings of single steps: for each operation, functions from a step's settings to source code.

A spelling is a callable's source code. Those of LAYERS make a Keras layer, those of FUNCTIONS do not; a spelling that needs
definitions gives them in `top`, and says what stands in their place.
"""

import re
from dataclasses import dataclass


@dataclass
class Spelled:
    """A step or a group as code: an expression whose value is a callable.

    apply:  the expression of its call, with @x@ for the argument.
    layer:  whether its value is a Keras layer; weights: whether it has weights.
    local:  whether it uses what is defined within the function.
    mode:   whether it takes `training`.
    """

    value: str
    layer: bool = False
    weights: bool = False
    local: bool = False
    mode: bool = False
    apply: str = ""
    lines: tuple = ()
    top: tuple = ()

    def call(self, x):
        return (self.apply or f"{self.value}(@x@)").replace("@x@", x)

    def statements(self, x):
        return [line.replace("@x@", x) for line in self.lines] or [f"{x} = {self.call(x)}"]


def pair(value):
    return f"({value}, {value})"


def listed(value):
    return f"[{value}, {value}]"


def is_number_like(value):
    return re.fullmatch(r"\w+( \+ 1)?", value) is not None


def size_of(value, form=pair):
    return form(value) if is_number_like(value) else value


def arguments(settings, form=pair, leave_out=True):
    """The arguments of a convolution by name, each size in one form."""
    found = {"filters": settings["filters"], "kernel_size": size_of(settings["size"], form)}
    if settings["strides"] != "1" or not leave_out:
        found["strides"] = size_of(settings["strides"], form)
    if settings["padding"] != "'valid'" or not leave_out:
        found["padding"] = settings["padding"]
    if settings["initializer"]:
        found["kernel_initializer"] = settings["initializer"]
    return found | {k: v for k, v in settings.items() if k not in ("filters", "size", "strides", "padding", "initializer")}


def by_name(found):
    return ", ".join(f"{key}={value}" for key, value in found.items())


def positional(found):
    rest = {k: v for k, v in found.items() if k not in ("filters", "kernel_size")}
    return ", ".join(filter(None, (found["filters"], found["kernel_size"], by_name(rest))))


def same(value):
    return value


# ------------------------------------------------------------------ convolutions

CONV_SUBCLASS = """\
class Conv{n}(layers.Conv2D):
    def __init__(self, filters, size, **others):
        super().__init__(filters, size, **others)
"""
CONV_CALLS = """\
class Conv{n}(Conv2D):
    def call(self, inputs):
        return super().call(inputs)
"""
CONV_HOLDER = """\
class Conv{n}(layers.Layer):
    def __init__(self, *args, **kwargs):
        super().__init__()
        self.inner = Conv2D(*args, **kwargs)

    def call(self, x):
        return self.inner(x)
"""
CONV_MAKER = """\
def conv{n}(filters, size, *, initializer=None, **others):
    if initializer is not None:
        others["kernel_initializer"] = initializer
    return Conv2D(filters, size, **others)
"""


def conv_made(s):
    rest = {k: v for k, v in arguments(s, same).items() if k not in ("filters", "kernel_size")}
    if "kernel_initializer" in rest:
        rest["initializer"] = rest.pop("kernel_initializer")
    return f"{s['filters']}, {s['size']}, {by_name(rest)}"


CONV = {
    "as in the task": lambda s, n: (f"Conv2D({positional(arguments(s, pair, False))})",),
    "sizes as ints": lambda s, n: (f"Conv2D({positional(arguments(s, same))})",),
    "sizes as lists": lambda s, n: (f"Conv2D({positional(arguments(s, listed))})",),
    "all by keyword": lambda s, n: (f"layers.Conv2D({by_name(arguments(s, pair, False))})",),
    "keras.layers": lambda s, n: (f"keras.layers.Conv2D({positional(arguments(s, same, False))})",),
    "long name": lambda s, n: (f"layers.Convolution2D({positional(arguments(s))})",),
    "star keywords": lambda s, n: (f"Conv2D(**dict({by_name(arguments(s))}))",),
    "star arguments": lambda s, n: (
        f"Conv2D(*[{s['filters']}, {s['size']}], **dict({by_name(dict(list(arguments(s).items())[2:]))}))",
    ),
    "defaults written": lambda s, n: (
        f"Conv2D({positional(arguments(s, pair, False) | {k: v for k, v in EXTRA.items() if k not in s})})",
    ),
    "partial": lambda s, n: (f"functools.partial(Conv2D, {by_name(dict(list(arguments(s).items())[1:]))})({s['filters']})",),
    "subclass with __init__": lambda s, n: (
        f"Conv{n}({positional(arguments(s, same))})".replace("kernel_size=", ""),
        CONV_SUBCLASS,
    ),
    "subclass with call": lambda s, n: (f"Conv{n}({positional(arguments(s))})", CONV_CALLS),
    "held by a layer": lambda s, n: (f"Conv{n}({positional(arguments(s))})", CONV_HOLDER),
    "made by a function": lambda s, n: (f"conv{n}({conv_made(s)})", CONV_MAKER),
}
EXTRA = {"dilation_rate": "1", "activation": "None", "use_bias": "True", "data_format": "'channels_last'", "groups": "1"}
CONV_1X1 = {"same on 1x1": lambda s, n: (f"Conv2D({positional(arguments(s | {'padding': repr('same')}))})",)}
CONV_SAME = {
    "zero padding before": lambda s, n: (
        f"keras.Sequential([ZeroPadding2D((({around(s)}), ({around(s)}))), "
        f"Conv2D({positional(arguments(s | {'padding': repr('valid')}))})])",
    )
}


def around(s):
    return f"({s['size']} - 1) // 2, {s['size']} // 2"


def conv_spellings(step):
    found, s = dict(CONV), step.settings
    if s["size"] == "1" and s["padding"] == "'valid'" and "dilation_rate" not in s:
        found |= CONV_1X1
    if s["size"] == "f" and s["padding"] == "'same'" and s["strides"] == "1" and "dilation_rate" not in s:
        found |= CONV_SAME
    return found


# ------------------------------------------------------------------ the other operations

NORM_SUBCLASS = """\
class Norm{n}(layers.BatchNormalization):
    def __init__(self, **settings):
        super().__init__(**settings)
"""
NORM_CALLS = """\
class Norm{n}(layers.BatchNormalization):
    def call(self, x, training=False):
        return super().call(x, training=training)
"""
NORM_HOLDER = """\
class Norm{n}(layers.Layer):
    def __init__(self, **settings):
        super().__init__()
        self.norm = BatchNormalization(**settings)

    def call(self, x, training=None):
        return self.norm(x, training=training)
"""
NORM_MAKER = """\
def norm{n}(**settings):
    return BatchNormalization(**settings)
"""


def norm_arguments(s, axis=same, **others):
    own = {k: v for k, v in s.items() if k != "training"}
    if "axis" in own:
        own["axis"] = axis(own["axis"])
    return by_name({k: v for k, v in {**own, **{k: v for k, v in others.items() if k not in own}}.items() if v})


def last(axis):
    return {"3": "-1"}.get(axis, axis)


def none(axis):
    return {"3": ""}.get(axis, axis)


NORM_DEFAULTS = {"momentum": "0.99", "epsilon": "0.001", "center": "True", "scale": "True"}
NORM = {
    "as in the task": lambda s, n: (f"BatchNormalization({norm_arguments(s)})",),
    "last axis": lambda s, n: (f"BatchNormalization({norm_arguments(s, last)})",),
    "axis left out": lambda s, n: (f"layers.BatchNormalization({norm_arguments(s, none)})",),
    "defaults written": lambda s, n: (f"keras.layers.BatchNormalization({norm_arguments(s, **NORM_DEFAULTS)})",),
    "partial": lambda s, n: (f"functools.partial(BatchNormalization, {norm_arguments(s, last)})()",),
    "subclass with __init__": lambda s, n: (f"Norm{n}({norm_arguments(s)})", NORM_SUBCLASS),
    "subclass with call": lambda s, n: (f"Norm{n}({norm_arguments(s)})", NORM_CALLS),
    "held by a layer": lambda s, n: (f"Norm{n}({norm_arguments(s, none)})", NORM_HOLDER),
    "made by a function": lambda s, n: (f"norm{n}({norm_arguments(s)})", NORM_MAKER),
}
NORM_TOLD = {"training left to Keras": lambda s, n: (f"BatchNormalization({norm_arguments(s)})", "", "training=None")}

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


def dense_arguments(s):
    found = {"units": s["units"], "kernel_initializer": s["initializer"]}
    return {k: v for k, v in found.items() if v}


DENSE = {
    "as in the task": lambda s, n: (f"Dense({by_name(dense_arguments(s)).replace('units=', '')})",),
    "by keyword": lambda s, n: (f"layers.Dense({by_name(dense_arguments(s))})",),
    "linear": lambda s, n: (f"keras.layers.Dense({by_name(dense_arguments(s))}, activation='linear', use_bias=True)",),
    "partial": lambda s, n: (f"functools.partial(Dense, {by_name(dense_arguments(s))})()",),
    "star keywords": lambda s, n: (f"Dense(**dict({by_name(dense_arguments(s))}))",),
    "subclass": lambda s, n: (f"Dense{n}({by_name(dense_arguments(s))})", "class Dense{n}(Dense):\n    pass\n"),
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
