"""Stand-ins for the functions that are exercises of their own: a mistake in a block costs nothing in the network.

A stand-in is found by what is called, not by the name by which it is called: while the network is built, the student's own
function is changed in place, so that aliases, tables, defaults, partials, decorated copies and closures reach it too.
"""

import functools
import inspect
import sys
import types

import keras

from .plain import plain


@keras.saving.register_keras_serializable("autograder")
class BlockStandIn(keras.layers.Layer):
    """Records the arguments of a block that is another exercise, and gives the right output shape.

    Nothing heavy is built. Called on values, it computes something of that shape, so that a network can be tried out.
    """

    def __init__(self, function, settings, **kwargs):
        super().__init__(**kwargs)
        self.block, self.settings = function, settings

    @property
    def blueprint_name(self):
        """The operation's name in a blueprint."""
        return f"block:{self.block}"

    @property
    def blueprint_config(self):
        """The operation's settings in a blueprint: the block's arguments."""
        return self.settings if self.trainable else {**self.settings, "trainable": False}

    def get_config(self):
        """The layer's settings."""
        return {**super().get_config(), "function": self.block, "settings": self.settings}

    def _step(self):
        """The stride, and the number of output channels where it is not that of the input."""
        filters = self.settings.get("filters")
        return (self.settings["s"], filters[-1] if filters else None) if "s" in self.settings else (1, None)

    def compute_output_shape(self, shape):
        """The shape (batch, height, width, channels) that the real block's result has."""
        batch, rows, columns, channels = shape
        stride, filters = self._step()
        return (batch, *(size and -(-size // stride) for size in (rows, columns)), filters or channels)

    def compute_output_spec(self, X):
        """A symbolic result of that shape."""
        return keras.KerasTensor(self.compute_output_shape(X.shape), dtype=X.dtype)

    def call(self, X):
        """X in that shape, its first channel repeated: only the shape is the real block's."""
        stride, filters = self._step()
        X = X[:, ::stride, ::stride]
        return X if filters is None else keras.ops.repeat(X[..., :1], filters, axis=-1)


class StandIns:
    """Within it, calls of the functions that the exercise declares as stand-ins are recorded.

    real: whether the student's own blocks are built all the same; `calls` holds what they were called with and returned.
    After it, everything is as before.
    """

    def __init__(self, exercise, function, real=False):
        self.wanted, self.real = exercise.stand_ins if exercise else {}, real
        self.names = globals_of(function)
        self.undo, self.inputs, self.calls, self.raw = [], [], [], []

    def __enter__(self):
        own = {name: self.names.get(name) for name in self.wanted}
        for name, declared in self.wanted.items():
            shared = any(other is own[name] for key, other in own.items() if key != name)
            original = own[name] if shared or own[name] is None else _copy(own[name])
            stand_in = self._stand_in(name, declared, own[name], original)
            taken = [] if shared or own[name] is None else _callables(name, own[name], self.names)
            for target in taken:
                self.undo += _take_over(target, stand_in)
            if not taken:
                self._rename(name, own[name], stand_in)
        return self

    def __exit__(self, *_):
        for undo in reversed(self.undo):
            undo()

    def _rename(self, name, own, stand_in):
        """Put a stand-in wherever the notebook's own names hold a function that cannot be changed in place."""
        for alias, value in list(self.names.items()):
            if alias == name or (own is not None and value is own and not alias.startswith("__")):
                self.names[alias] = stand_in
                self.undo.append(functools.partial(self.names.__setitem__, alias, value))
        if own is None:
            self.names[name] = stand_in
            self.undo.append(functools.partial(self.names.pop, name, None))

    def _stand_in(self, name, declared, own, original):
        """A function that takes its arguments as the student's own version does, and records them."""
        bind = _binder(declared, own)

        def stand_in(*args, **kwargs):
            given = bind(args, kwargs)
            if "initializer" in given:
                given["initializer"] = _initializer(given["initializer"], original, args, kwargs)
            settings = {**declared["defaults"], **given}
            X = settings.pop(declared["parameters"][0])
            self.inputs.append(X)
            self.raw.append((name, original, args, kwargs))
            if not self.real or original is None:
                return BlockStandIn(name, plain(settings))(X)
            result = original(*args, **kwargs)
            self.calls.append((result, X, BlockStandIn(name, plain(settings))))
            return result

        return stand_in


def globals_of(function):
    """The notebook's names, as a function, partial, method or object sees them."""
    return getattr(python_function(function), "__globals__", None) or vars(sys.modules["__main__"])


def python_function(function):
    """The Python function behind a wrapper, a partial, a method or an object that can be called; else the object itself."""
    for _ in range(20):
        if isinstance(function, functools.partial):
            function = function.func
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        elif inspect.ismethod(function):
            function = function.__func__
        elif inspect.isclass(function) and inspect.isfunction(function.__init__):
            function = function.__init__
        elif not inspect.isfunction(function) and inspect.isfunction(_call_of(function)):
            function = _call_of(function)
        else:
            break
    return function


def _call_of(value):
    """What the class of a value says how it is called, or None."""
    return next((vars(kind)["__call__"] for kind in type(value).__mro__ if "__call__" in vars(kind)), None)


def says(function, word):
    """Whether a function, or a function or class of the notebook that it uses, has a word as keyword or text in its code."""
    names, todo, known = getattr(function, "__globals__", {}), [getattr(function, "__code__", None)], set()
    while todo:
        code = todo.pop()
        if not isinstance(code, types.CodeType) or code in known:
            continue
        known.add(code)
        if any(constant == word or (isinstance(constant, tuple) and word in constant) for constant in code.co_consts):
            return True
        todo += code.co_consts
        for used in map(names.get, code.co_names):
            parts = vars(used).values() if inspect.isclass(used) and used.__module__ == names.get("__name__") else [used]
            todo += [part.__code__ for part in parts if inspect.isfunction(part) and part.__globals__ is names]
    return False


# ------------------------------------------------------------------ arguments


def _binder(declared, own):
    """A function of (args, kwargs) that gives what a block is called with under the names that the exercise declares."""
    signature = inspect.Signature(
        [
            inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD)
            if name not in declared["defaults"]
            else inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None)
            for name in declared["parameters"]
        ]
    )
    try:
        mine = inspect.signature(own) if own is not None else signature
    except (TypeError, ValueError):
        mine = signature
    stars = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    if any(parameter.kind in stars for parameter in mine.parameters.values()):
        mine = signature
    wanted = signature.parameters
    renamed = {
        a: a if a in wanted else b for a, b in zip(mine.parameters, wanted) if a in wanted or b not in mine.parameters
    }
    renamed |= {a: a for a in mine.parameters if a in wanted}
    # a block that lacks a parameter is another exercise's mistake: the network may call it as the task says
    first, second = (mine, signature) if set(renamed.values()) >= set(wanted) else (signature, mine)

    def bind(args, kwargs):
        try:
            given = first.bind(*args, **kwargs).arguments
        except TypeError as error:  # of a block with other parameters than the task's
            try:
                given = second.bind(*args, **kwargs).arguments
            except TypeError:
                raise error from None
        return {renamed.get(key, key): value for key, value in given.items() if renamed.get(key, key) in wanted}

    return bind


def _initializer(value, original, args, kwargs):
    """The name of the initializer that `value` makes when it is called with seed=0, as a block calls it.

    What cannot be called so stops a block, and stops the network here, unless the student's own block takes it.
    """
    try:
        made = value(seed=0)
    except Exception:
        if original is None:
            raise
        original(*args, **kwargs)
        return getattr(value, "__name__", type(value).__name__)
    name = type(made).__name__
    if not isinstance(made, keras.initializers.Initializer) or not hasattr(made, "get_config"):
        return getattr(value, "__name__", name)
    config = made.get_config()
    try:
        usual = {**type(made)().get_config(), "seed": 0}
    except TypeError:
        return f"{name}({config})"
    return name if config == usual else f"{name}({config})"


# ------------------------------------------------------------------ changing functions in place


def _callables(name, own, names):
    """What is to be changed so that every way of calling `own` reaches the stand-in; empty where nothing can be.

    Those are the function itself, what it wraps under the same name, and copies of it among the notebook's `names`.
    """
    if not (inspect.isfunction(own) or isinstance(own, functools.partial) or inspect.ismethod(own) or _is_own_object(own)):
        return []
    found, todo = [own], [own]
    if inspect.isfunction(own):
        copies = [v for v in names.values() if inspect.isfunction(v) and v is not own and v.__code__ is own.__code__]
        found += list({id(copy): copy for copy in copies}.values())
    while todo:
        part = todo.pop()
        cells = [cell.cell_contents for cell in getattr(part, "__closure__", None) or () if _is_full(cell)]
        held = [
            getattr(part, "__wrapped__", None),
            getattr(part, "func", None),
            *cells,
            *getattr(part, "__dict__", {}).values(),
        ]
        for inner in held:
            if inspect.isfunction(inner) and inner.__name__ == name and not any(inner is known for known in found):
                found.append(inner)
                todo.append(inner)
    return found


def _is_full(cell):
    try:
        return cell.cell_contents is not None
    except ValueError:  # a name that is not assigned yet
        return False


def _is_own_object(value):
    """Whether a value is an object of the notebook's own class, whose calls can be told from those of other objects."""
    return inspect.isfunction(_call_of(value)) and type(value).__module__.split(".")[0] not in ("keras", "tensorflow")


def _copy(own):
    """A callable that goes on doing what `own` does now."""
    if inspect.isfunction(own):
        return _copied(own)
    if isinstance(own, functools.partial):
        return functools.partial(own.func, *own.args, **own.keywords)
    if inspect.ismethod(own):
        return functools.partial(_copied(own.__func__), own.__self__)
    if _is_own_object(own):
        return functools.partial(_copied(_call_of(own)), own)
    return own


def _copied(function):
    copy = types.FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def _take_over(target, stand_in):
    """Make `target` do what `stand_in` does; a list of what brings it back."""
    if isinstance(target, functools.partial):
        before = (target.func, target.args, target.keywords, dict(target.__dict__))
        target.__setstate__((stand_in, (), {}, dict(target.__dict__)))
        return [lambda: target.__setstate__(before)]
    if inspect.isfunction(target):
        return _take_over_function(target, stand_in)
    owner = target.__self__ if inspect.ismethod(target) else target
    function = target.__func__ if inspect.ismethod(target) else _call_of(target)
    original = _copied(function)

    def told_apart(*args, **kwargs):
        if args and args[0] is owner:
            return stand_in(*args[1:], **kwargs)
        return original(*args, **kwargs)

    return _take_over_function(function, told_apart)


def _take_over_function(function, instead):
    code = function.__code__
    template = _template(code.co_freevars)
    function.__code__ = template.replace(
        co_consts=tuple(instead if constant == _HOOK else constant for constant in template.co_consts), co_name=code.co_name
    )
    return [functools.partial(setattr, function, "__code__", code)]


_HOOK = "what is called instead"


@functools.cache
def _template(free):
    """Code that calls what stands in the place of _HOOK. It has these free variables, as the code that it replaces: Python
    ends with a segmentation fault where a frame is looked into whose code only says that it has them."""
    lines = [
        "def outer():",
        *(f"    {name} = None" for name in free),
        "    def template(*_all_arguments, **_all_keywords):",
        *(f"        if False: {name}" for name in free),
        f"        _instead = {_HOOK!r}",
        "        return _instead(*_all_arguments, **_all_keywords)",
        "    return template",
    ]
    names = {}
    exec(compile("\n".join(lines), __file__, "exec"), names)  # noqa: S102 names of variables alone
    return names["outer"]().__code__
