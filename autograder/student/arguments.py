"""The arguments of a case, made anew for each call, and handed over as the student's function takes them."""

import ast
import copy
import inspect

import keras
import numpy as np

# What the original assignment's older editions asked for beyond the arguments of today; values that such a block can use.
OLDER = {"stage": 2, "block": "a"}
_P = inspect.Parameter


def make_arguments(exercise, case, function=None, by_name=False):
    """The arguments of one case: (the symbolic input or None, positional ones, keyword ones).

    Nothing in them is shared with the case. Arguments are positional as far as they go without a gap, so that parameters
    may be renamed; one that the function has by its name in another position, or by keyword only, is passed by name.
    What a function without such a parameter cannot take is left out, see `complaint`.
    by_name: of a function with *args and **kwargs, whether it is called by keywords.
    """
    values = _values(exercise, case)
    source = next((values[name] for name, kind in exercise.arguments.items() if kind == "tensor" and name in values), None)
    own = parameters_of(function)
    if own is None:
        own = {name: _P(name, _P.POSITIONAL_OR_KEYWORD) for name in exercise.arguments}
    return source, *_Call(exercise, values, own, by_name).arguments()


def shape_of_input(exercise, case, function):
    """The shape of the input that a case asks for, or that is the function's default; None where none is known."""
    own = parameters_of(function) or {}
    for name, kind in exercise.arguments.items():
        if kind == "shape":
            return tuple(case[name]) if name in case else own[name].default if name in own else None
    return None


def takes_both(function):
    """Whether a function can be called in more than one way because of *args and **kwargs."""
    kinds = {parameter.kind for parameter in (parameters_of(function) or {}).values()}
    return _P.VAR_POSITIONAL in kinds and _P.VAR_KEYWORD in kinds


def complaint(exercise, function):
    """What is wrong with a function's parameters, in words; "" where it takes all arguments of the task."""
    own = parameters_of(function)
    if own is None or any(parameter.kind in (_P.VAR_POSITIONAL, _P.VAR_KEYWORD) for parameter in own.values()):
        return ""
    names = _own_names(exercise, own)
    left_out = [name for name in exercise.arguments if names[name] is None]
    older = [name for name in OLDER if name in own and own[name].default is _P.empty and name not in exercise.arguments]
    shown, wanted = ", ".join(own), ", ".join(exercise.arguments)
    if older:
        return (
            f"its parameters are ({shown}), those of an older edition of this assignment: the task's are ({wanted}), "
            f"without {' and '.join(older)}"
        )
    return f"its parameters are ({shown}): the task's are ({wanted}), with {' and '.join(left_out)}" if left_out else ""


def has_training(exercise, function):
    """Whether the function has a parameter `training`, as older editions of the original assignment had."""
    return "training" in (parameters_of(function) or {}) and "training" not in exercise.arguments


def parameters_of(function):
    """The parameters of a function by their names, or None where they cannot be told."""
    try:
        return dict(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return None


def _own_names(exercise, own):
    """For each argument of the exercise the function's own parameter for it, which may be renamed, or None."""
    names = list(own)
    wanted = {*exercise.arguments, *OLDER, "training"}
    found = {}
    for position, name in enumerate(exercise.arguments):
        at = names[position] if position < len(names) else None
        renamed = at is not None and at not in wanted and own[at].kind in (_P.POSITIONAL_ONLY, _P.POSITIONAL_OR_KEYWORD)
        found[name] = name if _is_named(own, name) else at if renamed else None
    return found


def _is_named(own, name):
    return name in own and own[name].kind not in (_P.VAR_POSITIONAL, _P.VAR_KEYWORD)


class _Call:
    """Distributes the values of a case over the parameters of one function."""

    def __init__(self, exercise, values, own, by_name):
        self.exercise, self.values, self.own = exercise, values, own
        self.positional = [n for n, p in own.items() if p.kind in (_P.POSITIONAL_ONLY, _P.POSITIONAL_OR_KEYWORD)]
        kinds = {parameter.kind for parameter in own.values()}
        self.star, self.keywords = _P.VAR_POSITIONAL in kinds, _P.VAR_KEYWORD in kinds
        self.by_name = by_name and self.keywords
        self.args, self.kwargs, self.gap = [], {}, False

    def arguments(self):
        names, defaults = _own_names(self.exercise, self.own), _defaults(self.exercise.signature)
        for name in self.exercise.arguments:
            if name not in self.values:
                self.gap = True
            elif names[name] is None:
                self._beyond(name, self.values[name], name in defaults)
            else:
                self._named(names[name], self.values[name])
        for name, value in OLDER.items():
            if name in self.own and self.own[name].default is _P.empty and name not in self.kwargs:
                self.kwargs[name] = value
        return self.args, self.kwargs

    def _named(self, name, value):
        """Hand over the value of a parameter that the function has."""
        if self.own[name].kind is _P.POSITIONAL_ONLY:
            while len(self.args) < self.positional.index(name):
                self.args.append(self.own[self.positional[len(self.args)]].default)
        first = name in self.positional and self.positional.index(name) == len(self.args)
        if first and (not self.gap or self.own[name].kind is _P.POSITIONAL_ONLY):
            self.args.append(value)
        else:
            self.kwargs[name] = value
            self.gap = True

    def _beyond(self, name, value, optional):
        """Hand over a value by *args or **kwargs; arguments that have a default are usually passed by name."""
        if self.gap and self.star and not self.keywords:
            self._fill(name)
        places = self.star and not self.gap and len(self.args) >= len(self.positional)
        if places and not (self.by_name and self.args) and not (self.keywords and optional):
            self.args.append(value)
        elif self.keywords:
            self.kwargs[name] = value

    def _fill(self, name):
        """Put the task's own defaults where a case leaves arguments out before `name`, if they are plain values."""
        defaults = _defaults(self.exercise.signature)
        before = list(self.exercise.arguments)[len(self.args) : list(self.exercise.arguments).index(name)]
        if all(isinstance(defaults.get(other), ast.Constant) for other in before):
            self.args += [defaults[other].value for other in before]
            self.gap = False


def _defaults(signature):
    """The arguments that have a default in a signature as the task writes it, with their syntax trees."""
    arguments = ast.parse(f"def {signature}: pass").body[0].args
    return dict(zip([argument.arg for argument in arguments.args[::-1]], arguments.defaults[::-1]))


def _values(exercise, case):
    """The values of a case's arguments, by their names: copies, since a function may change its own."""
    values = {}
    model = _Model(case) if "model" in case else None
    for name, kind in exercise.arguments.items():
        if kind in ("model", "inputs", "labels"):
            values[name] = getattr(model, kind)
        elif name in case:
            values[name] = _value(kind, copy.deepcopy(case[name]))
    return values


def _value(kind, given):
    if kind == "tensor":
        return keras.Input(tuple(given))
    if kind == "initializer":
        return initializer_called(given)
    return tuple(given) if kind == "shape" else given


def initializer_called(name):
    """An initializer as the blocks take it: called with seed=0, it returns a Keras initializer."""
    if name == "constant":
        return lambda seed=0: keras.initializers.Constant(1)
    return getattr(keras.initializers, name)


# ------------------------------------------------------------------ models of a case


@keras.saving.register_keras_serializable("autograder")
class Drawn(keras.initializers.Initializer):
    """Normal numbers divided by the root of the fan in, drawn with NumPy: the same everywhere, and faster than Keras's."""

    def __init__(self, seed=0, rng=None):
        self.seed, self.rng = seed, rng or np.random.default_rng(seed)

    def __call__(self, shape, dtype=None):
        """An array of this shape."""
        return (self.rng.normal(size=shape) / np.sqrt(max(1, np.prod(shape[:-1])))).astype(dtype or "float32")

    def get_config(self):
        """The initializer's own settings."""
        return {"seed": self.seed}


class _Model:
    """The model, inputs and labels of a case: {"model": [[layer, settings], ...], "shape", "batch", "seed"}.

    A layer is a class of keras.layers; ["Add", {"back": k}] adds the output of the k-th layer before it, and
    ["Sequential", {"layers": [...]}] is a nested model.
    """

    def __init__(self, case):
        rng = np.random.default_rng(case["seed"])
        drawn = Drawn(case["seed"], rng)
        outputs = [keras.Input(tuple(case["shape"]))]
        for name, settings in case["model"]:
            if name == "Add":
                outputs.append(keras.layers.Add()([outputs[-1], outputs[-1 - settings["back"]]]))
            elif name == "Sequential":
                parts = [_layer(part, config, drawn) for part, config in settings["layers"]]
                outputs.append(keras.Sequential(parts)(outputs[-1]))
            else:
                outputs.append(_layer(name, settings, drawn)(outputs[-1]))
        self.model = keras.Model(outputs[0], outputs[-1])
        self.inputs = rng.normal(size=(case["batch"], *case["shape"])).astype("float32")
        self.labels = rng.integers(0, outputs[-1].shape[-1], case["batch"])


def _layer(name, settings, drawn):
    layer = getattr(keras.layers, name)(**settings)
    for initializer in ("kernel_initializer", "bias_initializer"):
        if hasattr(layer, initializer):
            setattr(layer, initializer, drawn)
    return layer
