"""The spellings of the layers that have weights: convolution, normalisation, dense."""

from .spelled import arguments, by_name, listed, pair, positional, same

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


# ------------------------------------------------------------------ normalisation

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


# ------------------------------------------------------------------ dense


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
