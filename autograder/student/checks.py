"""`check`, the one function that the notebooks call. Runs in the kernel, beside the student's code.

For a student it shows, layer by layer, what was expected and what was found, and what to mend.
While nbgrader grades, it only hands in what the student's function builds: no verdict is made here.
"""

import contextlib
import copy
import inspect
import json
import linecache
import os

import keras
import numpy as np
from IPython import get_ipython
from IPython.display import display

from ..model import compare, diagnosis
from ..model.blueprint import HAND_IN, read
from ..model.exercise import ExerciseError, load_exercise, load_reference
from . import tutor
from .trace import is_symbolic, plain, trace

ERROR_TEXT = 400  # characters of an error's message that are kept


class WrongResult(TypeError):
    """The student's function returned something of another kind than the task asks for."""


class CheckFailed(AssertionError):
    """Raised by `check` while nbgrader validates; shows as its message alone."""

    def _render_traceback_(self):
        return [f"CheckFailed: {self}"]


def check(function, hidden=None, folder="."):
    """Check one exercise, or hand it in while nbgrader grades.

    function: the student's function; its name is the name of the exercise.
    hidden:   a list of cases (dicts of arguments). They are handed in while nbgrader grades and
              ignored at any other time; students never see them.
    folder:   where the assignment's folder `exercises` is.
    Shows a table and, where something differs, what differs first. Returns nothing.
    Raises ExerciseError where the exercise's files are not found.
    """
    execution = os.environ.get("NBGRADER_EXECUTION")
    if (hidden is None) == (execution == "autograde") and execution != "record":
        return
    exercise = load_exercise(folder, _name_of(function, folder))
    if execution in ("autograde", "record"):
        cases = exercise.cases if hidden is None else hidden
        hand_in(exercise, function, cases, hidden is not None, with_values=execution == "record")
        return
    verdict, rows = judge_public_cases(exercise, function, folder)
    tutor.show(exercise, verdict, rows, function)
    if execution == "validate" and verdict.status != "right":
        raise CheckFailed(f"{exercise.name}: {verdict.findings[0].text()}")


def _name_of(function, folder):
    """The exercise's name: the function's own, or the name under which the notebook knows it."""
    names = [getattr(function, "__name__", "")]
    if get_ipython():
        names += [name for name, value in get_ipython().user_ns.items() if value is function]
    for name in names:
        if name.isidentifier() and os.path.exists(os.path.join(folder, "exercises", f"{name}.toml")):
            return name
    known = (
        sorted(f[:-5] for f in os.listdir(os.path.join(folder, "exercises")) if f.endswith(".toml"))
        if os.path.isdir(os.path.join(folder, "exercises"))
        else []
    )
    raise ExerciseError(
        f"There is no exercise called {names[0]!r}. "
        + (
            f"The exercises here are: {', '.join(known)}."
            if known
            else "The folder `exercises` is missing: it belongs beside the notebook, as it was handed out."
        )
    )


# ------------------------------------------------------------------ handing in


def hand_in(exercise, function, cases, hidden, with_values=False):
    """Display what `function` builds for each case, as data of our own MIME type."""
    weights = with_values or exercise.kind == "array"
    entries = [run_case(exercise, function, case, with_values, weights=weights)[0] for case in cases]
    payload = {"exercise": exercise.name, "hidden": hidden, "cases": entries}
    if with_values and exercise.stand_ins and not hidden:
        payload["full"] = run_case(exercise, function, cases[0], True, stand_ins=False)[0]
    display({HAND_IN: json.dumps(payload), "text/plain": f"{exercise.name}: handed in"}, raw=True)


def run_case(exercise, function, case, with_values=False, stand_ins=True, weights=True):
    """Call the function on one case: the entry to hand in, and the Keras tensors of its blueprint.

    weights: whether layers get their weights. A graph can be told without; drawing random kernels takes half of the time.
    """
    entry, tensors, source, result, blocks = {"case": case, "error": None}, [], None, None, None
    try:
        source, args, kwargs = make_arguments(exercise, case, function)
        with _StandIns(exercise if stand_ins else None, function) as blocks, _scope(weights):
            result = function(*args, **kwargs)
        if exercise.kind == "array":
            entry["array"] = _as_array(result)
            return entry, tensors
        source, result = _ends(source, result)
    except (Exception, SystemExit) as error:
        if not weights:  # perhaps it looked at them
            return run_case(exercise, function, case, with_values, stand_ins)
        entry["error"] = describe_error(error, function)
        if source is None:
            source = _input_behind(error, [result, *(blocks.inputs if blocks else [])])
        result = None
    if exercise.kind == "array":
        entry["array"] = None
    elif source is None:
        entry["blueprint"] = None
    else:
        try:
            entry["blueprint"], tensors = trace(source, result)
        except (Exception, RecursionError) as error:
            entry["error"] = entry["error"] or describe_error(error, function)
            entry["blueprint"], tensors = trace(source, None)
        if with_values and entry["error"] is None and not (stand_ins and exercise.stand_ins):
            entry["values"] = layer_values(source, tensors)
    return entry, tensors


def _scope(weights):
    """A context in which layers are built, with their weights or, in Keras's stateless scope, without."""
    return contextlib.nullcontext() if weights else keras.StatelessScope(initialize_variables=False)


def _input_behind(error, held):
    """The Input tensor of a network that was not finished: found from what its function held, or None."""
    trail = error.__traceback__
    while trail is not None:
        held += trail.tb_frame.f_locals.values()
        trail = trail.tb_next
    for tensor in filter(is_symbolic, held):
        while True:
            call = tensor._keras_history.operation._inbound_nodes[tensor._keras_history.node_index]
            if not call.input_tensors:
                return tensor
            tensor = call.input_tensors[0]
    return None


def _as_array(result):
    """What an "array" exercise returned, as numbers. Raises WrongResult."""
    try:
        if isinstance(result, (list, tuple)):
            result = [float(np.asarray(item)) for item in result]
        array = np.asarray(result, dtype=float)
    except (TypeError, ValueError) as error:
        raise WrongResult(f"it returns {_kind(result)}, not an array of numbers") from error
    if not np.all(np.isfinite(array)):
        raise WrongResult("the result holds NaN or infinity")
    return array.tolist()


def _ends(source, result):
    """The input and the output tensor of what a "graph" exercise returned. Raises WrongResult."""
    if source is None:
        if not isinstance(result, keras.Model):
            raise WrongResult(f"it returns {_kind(result)}, not a keras.Model")
        if len(result.inputs) != 1 or len(result.outputs) != 1:
            raise WrongResult("the model must have one input and one output")
        return result.inputs[0], result.outputs[0]
    if isinstance(result, (list, tuple)) and len(result) == 1:
        result = result[0]
    if not is_symbolic(result):
        raise WrongResult(f"it returns {_kind(result)}, not a tensor")
    return source, result


def _kind(value):
    return "nothing (None)" if value is None else f"a {type(value).__name__}"


def describe_error(error, function):
    """An exception as data: its type, its message and the student's line that it came from."""
    message = " ".join(str(error).split())[:ERROR_TEXT]
    found = {"type": type(error).__name__, "message": message, "line": None, "code": ""}
    names = getattr(inspect.unwrap(function), "__globals__", None)
    trail = error.__traceback__
    while trail is not None:
        frame = trail.tb_frame
        if names is not None and frame.f_globals is names:
            found["line"] = trail.tb_lineno - frame.f_code.co_firstlineno + 1
            found["code"] = linecache.getline(frame.f_code.co_filename, trail.tb_lineno).strip()[:200]
        trail = trail.tb_next
    return found


# ------------------------------------------------------------------ arguments


def make_arguments(exercise, case, function=None):
    """The arguments of one case: (the symbolic input or None, positional ones, keyword ones).

    Arguments are positional as far as they go without a gap, so that parameters may be renamed; but one that the
    function has by its name in another position is passed by name.
    """
    source, args, kwargs, gap = None, [], {}, False
    own = _parameters(function)
    model = _Model(case) if "model" in case else None
    for name, kind in exercise.arguments.items():
        if kind in ("model", "inputs", "labels"):
            value = getattr(model, kind)
        elif name not in case:
            gap = True
            continue
        elif kind == "tensor":
            value = source = keras.Input(tuple(case[name]))
        elif kind == "initializer":
            value = _initializer(case[name])
        else:
            value = tuple(case[name]) if kind == "shape" else copy.deepcopy(case[name])  # it may change its own list
        gap = gap or (name in own and own.index(name) != len(args))
        if gap:
            kwargs[name] = value
        else:
            args.append(value)
    return source, args, kwargs


def _parameters(function):
    """The names of a function's parameters; none where they cannot be told."""
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []


def _initializer(name):
    """An initializer as the blocks take it: called with seed=0, it returns a Keras initializer."""
    if name == "constant":
        return lambda seed=0: keras.initializers.Constant(1)
    return getattr(keras.initializers, name)


class _Model:
    """The model, inputs and labels of a case: {"model": [[layer, settings], ...], "shape", "batch", "seed"}.

    A layer is a class of keras.layers; ["Add", {"back": k}] adds the output of the k-th layer before it.
    Weights are drawn with NumPy, so that they are the same everywhere.
    """

    def __init__(self, case):
        rng = np.random.default_rng(case["seed"])

        def draw(shape, dtype):
            return (rng.normal(size=shape) / np.sqrt(max(1, np.prod(shape[:-1])))).astype(dtype)

        outputs = [keras.Input(tuple(case["shape"]))]
        for name, settings in case["model"]:
            if name == "Add":
                outputs.append(keras.layers.Add()([outputs[-1], outputs[-1 - settings["back"]]]))
            else:
                layer = getattr(keras.layers, name)(**settings)
                for initializer in ("kernel_initializer", "bias_initializer"):
                    if hasattr(layer, initializer):
                        setattr(layer, initializer, draw)
                outputs.append(layer(outputs[-1]))
        self.model = keras.Model(outputs[0], outputs[-1])
        self.inputs = rng.normal(size=(case["batch"], *case["shape"])).astype("float32")
        self.labels = rng.integers(0, outputs[-1].shape[-1], case["batch"])


# ------------------------------------------------------------------ stand-ins for the blocks


class BlockStandIn(keras.Operation):
    """Records the arguments of a block that is another exercise, and gives the right output shape.

    So a mistake in a block costs nothing again in the network that calls it, and nothing heavy is built.
    """

    def __init__(self, function, settings):
        super().__init__()
        self.blueprint_name, self.blueprint_config = f"block:{function}", plain(settings)

    def compute_output_spec(self, X):
        batch, rows, columns, channels = X.shape
        if "s" in self.blueprint_config:
            stride, channels = self.blueprint_config["s"], self.blueprint_config["filters"][-1]
            rows, columns = (size and -(-size // stride) for size in (rows, columns))
        return keras.KerasTensor((batch, rows, columns, channels), dtype=X.dtype)


class _StandIns:
    """Within it, the functions that the exercise declares as stand-ins only record their calls."""

    def __init__(self, exercise, function):
        self.wanted = exercise.stand_ins if exercise else {}
        self.names = getattr(inspect.unwrap(function), "__globals__", {})
        self.before, self.inputs = {}, []

    def __enter__(self):
        for name, declared in self.wanted.items():
            own = self.names.get(name)
            stand_in = _stand_in(name, declared, own, self.inputs)
            for alias, value in list(self.names.items()):
                if alias == name or (own is not None and value is own and not alias.startswith("_")):
                    self.before[alias] = value
                    self.names[alias] = stand_in
            if own is None:
                self.before[name] = None
                self.names[name] = stand_in
        return self

    def __exit__(self, *_):
        for name, value in self.before.items():
            if value is None:
                self.names.pop(name, None)
            else:
                self.names[name] = value


def _stand_in(name, declared, own, inputs):
    """A function that takes its arguments as the student's own version does, and records them.

    The tensors that it is called with are appended to `inputs`.
    """
    signature = _signature(declared)
    own_signature = inspect.signature(own) if inspect.isfunction(own) else signature

    def stand_in(*args, **kwargs):
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError:  # the student's own version may name its parameters otherwise
            bound = own_signature.bind(*args, **kwargs).arguments
            renamed = {
                mine: mine if mine in signature.parameters else theirs
                for mine, theirs in zip(own_signature.parameters, signature.parameters)
                if mine in signature.parameters or theirs not in own_signature.parameters
            }
            given = {renamed.get(k, k): v for k, v in bound.items() if renamed.get(k, k) in signature.parameters}
        settings = {**declared["defaults"], **given}
        X = settings.pop(declared["parameters"][0])
        inputs.append(X)
        settings["initializer"] = _initializer_name(settings["initializer"])
        return BlockStandIn(name, settings)(X)

    return stand_in


def _signature(declared):
    Parameter = inspect.Parameter
    return inspect.Signature(
        [
            Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=declared["defaults"].get(name, Parameter.empty))
            for name in declared["parameters"]
        ]
    )


def _initializer_name(value):
    return value if isinstance(value, str) else getattr(value, "__name__", type(value).__name__)


# ------------------------------------------------------------------ values, layer by layer


def sample_input(shape, batch=4):
    """The fixed input on which layers are compared: float32, (batch, *shape), never constant."""
    return np.random.default_rng(0).standard_normal((batch, *shape)).astype("float32")


def layer_values(source, tensors):
    """For each tensor and mode: three entries of the first picture, and the root mean square of all."""
    model = keras.Model(source, tensors)
    x, found = sample_input(source.shape[1:]), {}
    for mode, training in (("inference", False), ("training", True)):
        arrays = model(x, training=training)
        arrays = [np.asarray(a) for a in (arrays if isinstance(arrays, (list, tuple)) else [arrays])]
        found[mode] = [summary(a) for a in arrays]
    return found


def summary(array):
    """Three entries at the centre of the first picture, and the root mean square over the array."""
    centre = array[(0, *(size // 2 for size in array.shape[1:-1]))]
    return {"entries": [float(v) for v in centre[:3]], "rms": float(np.sqrt(np.mean(np.square(array, dtype=float))))}


# ------------------------------------------------------------------ for the student


def judge_public_cases(exercise, function, folder):
    """The verdict on the public cases, and the rows of the table for the first of them."""
    reference = load_reference(folder, exercise.name)
    handed, rows = [], []
    for case in reference["cases"]:
        entry, tensors = run_case(exercise, function, case["case"])
        if entry.get("blueprint"):
            entry["graph"] = read(entry["blueprint"])
        elif exercise.kind == "graph":
            entry["graph"] = None
        handed.append(entry)
        if not rows and exercise.kind == "graph":
            rows = _rows(exercise, case, entry, tensors)
    return diagnosis.diagnose(exercise, reference, handed), rows


def _rows(exercise, case, entry, tensors):
    """For each operation of the reference: step, expected and found shape and values."""
    expected, graph = case["graph"], entry["graph"]
    pairs = dict(compare.align(expected, graph).pairs) if graph else {}
    values = {}
    if "values" in case["nodes"][-1] and tensors and not entry["error"]:
        values = layer_values(tensors[0], tensors)["training"]
    rows = []
    for index, node in enumerate(expected.nodes):
        if node.step is None:
            continue
        found = graph.nodes[pairs[index]] if index in pairs else None
        wanted = case["nodes"][index].get("values", {}).get("training", {}).get("entries")
        got = values[found.source]["entries"] if found and values and found.source is not None else None
        rows.append((exercise.step(node.step), node.shape, found and found.shape, wanted, got))
    return rows
