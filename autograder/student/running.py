"""Call a student's function on one case, and say what it builds or returns, as plain data."""

import contextlib
import io
import re
import traceback

import keras
import numpy as np

from . import arguments
from .assignments import Assignments
from .defaults import keras_defaults
from .failures import WrongResult, WrongSignature, WrongUse, describe_error, is_layer, made_of_a_tensor
from .stand_ins import StandIns, python_function, says
from .trace import called_from, is_symbolic, trace
from .values import layer_values


@keras_defaults()
def run_case(exercise, function, case, with_values=False, stand_ins=True, weights=True, again=False, failures=None):
    """Call the function on one case: the entry to hand in, and the Keras tensors of its blueprint.

    stand_ins: whether the functions that are exercises of their own are stood in for.
    weights:   whether layers get their weights from the first. A graph can be told without; drawing random kernels takes
               half of the time. What fails without is tried with them.
    again:     whether it is also tried if the function can be called more than once.
    failures:  a set that the cases of one function share: how it failed with and without weights alike, once is enough.
    """
    run = _last_attempt(exercise, function, case, stand_ins, weights, set() if failures is None else failures)
    entry = {"case": case, "error": run.error and describe_error(run.error, function)}
    if arguments.has_training(exercise, function):
        entry["has_training"] = True
    if exercise.kind == "array":
        entry["array"] = run.array
        return entry, []
    entry["blueprint"], tensors = _traced(run, entry, function)
    if entry["error"] is None:
        error = _trouble(exercise, function, run, again)
        entry["error"] = error and describe_error(error, function)
        if with_values and not (stand_ins and exercise.stand_ins):
            entry["values"] = layer_values(run.source, tensors)
    return entry, tensors


def _last_attempt(exercise, function, case, stand_ins, weights, failures):
    """Call the function in one way after the other until one does not fail; the run that counts."""
    run = None
    for attempt in _attempts(exercise, function, stand_ins, weights):
        if attempt["real"] and not _model_behind(run.error):
            break  # a block may do anything: it is called only where a network that was built is looked at
        retried = attempt["weights"] and not weights
        before = retried and _failure(run.error)
        if retried and before in failures:
            continue
        tried = _Run(exercise, function, case, **attempt)
        if tried.error is None:
            return tried
        if retried and _failure(tried.error) == before:
            failures.add(before)
        if not attempt["real"]:
            run = tried
    return run


def _failure(error):
    """What is equal for errors of the same kind that come from the same lines."""
    lines = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    return type(error), re.sub(r"_?\d+", "", str(error)), tuple(lines)


def _attempts(exercise, function, stand_ins, weights):
    """The ways in which a function is called, one after the other until one does not fail."""
    for by_name in (False, True) if arguments.takes_both(function) else (False,):
        for with_weights in (True,) if weights else (False, True):
            yield {"by_name": by_name, "weights": with_weights, "stand_ins": stand_ins, "real": False}
    if exercise.stand_ins and stand_ins:  # perhaps it looks at what only real blocks have
        yield {"by_name": False, "weights": False, "stand_ins": True, "real": True}


class _Run:
    """One call of the function: its `source` and `result` tensors or its `array`, and the `error` that stopped it."""

    def __init__(self, exercise, function, case, **how):
        self.given, self.how = (exercise, function, case), how
        self.source = self.result = self.array = self.error = None
        self.blocks = StandIns(exercise if how["stand_ins"] else None, function, how["real"])
        self.assigned = Assignments()
        result = None
        try:
            self.source, args, kwargs = arguments.make_arguments(exercise, case, function, how["by_name"])
            before = _weights_of(args, kwargs)
            with self.blocks, self.assigned, self.scope():
                result = function(*args, **kwargs)
                if exercise.kind == "graph":
                    self.source, self.result = _ends(exercise, function, case, self.source, result)
            if exercise.kind == "array":
                self.array = _as_array(result)
                _check_unchanged(before)
        except (Exception, SystemExit) as error:
            self.error = error
            if self.source is None:
                self.source = _input_behind(error, [result, *self.blocks.inputs])

    def scope(self):
        """Within it, layers get their weights, or do without."""
        return contextlib.nullcontext() if self.how["weights"] else keras.StatelessScope(initialize_variables=False)

    def repeated(self, **otherwise):
        """The same call once more, perhaps otherwise."""
        return _Run(*self.given, **{**self.how, **otherwise})


def _traced(run, entry, function):
    if run.source is None:
        return None, []
    with run.scope():  # own layers are looked into by calling them, which would draw all weights that are still missing
        try:
            ignored = made_of_a_tensor(run.error)[1] if run.error else None  # no step of the student's: Keras made it
            return trace(run.source, run.result, run.blocks.calls, run.assigned.changed, ignored)
        except (Exception, RecursionError) as error:
            entry["error"] = entry["error"] or describe_error(error, function)
            return trace(run.source, None, run.blocks.calls)


# ------------------------------------------------------------------ what a single call does not show


def _trouble(exercise, function, run, again):
    """An error that the function's users would meet though one call went well, or None."""
    said = arguments.complaint(exercise, function)
    if said:
        return WrongSignature(said)
    if not again or run.source is None:
        return None
    with contextlib.redirect_stdout(io.StringIO()):  # what it prints has been seen once
        return _second_call(run) if not exercise.stand_ins else _network_as_a_whole(run)


def _second_call(run):
    """A block is called many times in one network: its layers' names must not meet, nor may a layer be used again."""
    other = run.repeated()
    if other.error is not None:
        return other.error
    first, second = _operations(run.source), _operations(other.source)
    shared = next((o for o in first if getattr(o, "weights", None) and any(o is known for known in second)), None)
    if shared is not None:
        return WrongUse(
            f"called twice, it uses the same {type(shared).__name__} layer again: both calls would share their weights"
        )
    again_the_same = {id(operation) for operation in first}  # an activation that is called twice is one layer
    others = {operation.name for operation in second if id(operation) not in again_the_same}
    met = {operation.name for operation in first} & others - {""}
    if not met:
        return None
    return WrongUse(
        f"it cannot be called twice in one network, where each layer has a name of its own: it calls a layer {min(met)!r} "
        "each time"
    )


def _network_as_a_whole(run):
    """Stand-ins hide the names of the blocks' layers. Where a block gives names, and two calls of it the same, the network
    is built as a whole; what Keras says of the names is the trouble. A block that gives none is not called: it may do
    anything, and is another exercise."""
    blocks = [(name, block) for name, block in _blocks(run.blocks.raw) if says(python_function(block), "name")]
    if not any(_names_meet(block, name, run.blocks.raw) for name, block in blocks):
        return None
    whole = run.repeated(real=True, weights=False)
    if isinstance(whole.error, ValueError) and "unique" in str(whole.error):
        return WrongUse(f"with your own blocks the network cannot be built. Keras says: {whole.error}")
    return None


def _blocks(calls):
    return {name: block for name, block, _, _ in calls if block is not None}.items()


def _names_meet(block, name, calls):
    """Whether the first two calls of a block give layers the same name."""
    names = []
    for _, _, args, kwargs in [call for call in calls if call[0] == name][:2]:
        inputs = []

        def anew(value, inputs=inputs):
            if not is_symbolic(value):
                return value
            inputs.append(keras.Input(value.shape[1:], dtype=value.dtype))
            return inputs[-1]

        try:
            with keras.StatelessScope(initialize_variables=False):
                block(*map(anew, args), **{key: anew(value) for key, value in kwargs.items()})
        except (Exception, SystemExit):  # the block is an exercise of its own
            return False
        names.append({operation.name for tensor in inputs for operation in _operations(tensor)})
    return len(names) == 2 and bool(names[0] & names[1])


def _operations(source):
    """The operations that a tensor leads to, each once."""
    operations = [tensor._keras_history.operation for tensor in called_from(source)]
    return list({id(operation): operation for operation in operations}.values())


# ------------------------------------------------------------------ what came out


def _held(error):
    """What the functions held that an error went through."""
    found, trail = [], error.__traceback__
    while trail is not None:
        found += trail.tb_frame.f_locals.values()
        trail = trail.tb_next
    return found


def _model_behind(error):
    """Whether a network had been built when an error came."""
    return any(isinstance(value, keras.Model) for value in _held(error))


def _input_behind(error, held):
    """The Input tensor of a network that was not finished: found from what its function held, or None."""
    for tensor in filter(is_symbolic, [*held, *_held(error)]):
        while True:
            call = tensor._keras_history.operation._inbound_nodes[tensor._keras_history.node_index]
            if not call.input_tensors:
                return tensor
            tensor = call.input_tensors[0]
    return None


def _weights_of(args, kwargs):
    """The models among the arguments, each with the values of its trainable variables."""
    models = [value for value in (*args, *kwargs.values()) if isinstance(value, keras.Model)]
    return [(variable, np.array(variable.numpy())) for model in models for variable in model.trainable_variables]


def _check_unchanged(before):
    """Raises WrongResult where a variable is not what it was."""
    if not all(np.array_equal(variable.numpy(), value) for variable, value in before):
        raise WrongResult("it changes the weights of the model that it is given")


def _as_array(result):
    """What an "array" exercise returned, as numbers. Raises WrongResult."""
    if result is None:
        raise WrongResult(f"it returns {_kind(result)}, not an array of numbers")
    try:
        if isinstance(result, (list, tuple)):
            result = [float(np.asarray(item)) for item in result]
        array = np.asarray(result, dtype=float)
    except (TypeError, ValueError) as error:
        wrong = " whose entries are not all numbers" if isinstance(result, (list, tuple)) else ", not an array of numbers"
        raise WrongResult(f"it returns {_kind(result)}{wrong}") from error
    if not np.all(np.isfinite(array)):
        raise WrongResult("the result holds NaN or infinity")
    return array.tolist()


def _ends(exercise, function, case, source, result):
    """The input and the output tensor of what a "graph" exercise returned. Raises WrongResult."""
    if source is None:
        if not isinstance(result, keras.Model):
            raise WrongResult(f"it returns {_kind(result)}, not a keras.Model")
        if not hasattr(result, "inputs") or not result.inputs:  # a subclass that is built when it is called
            source = keras.Input(arguments.shape_of_input(exercise, case, function))
            return source, result(source)
        if len(result.inputs) != 1 or len(result.outputs) != 1:
            raise WrongResult("the model must have one input and one output")
        return result.inputs[0], result.outputs[0]
    if isinstance(result, (list, tuple)) and len(result) == 1:
        result = result[0]
    if not is_symbolic(result):
        raise WrongResult(f"it returns {_kind(result)}, not a tensor")
    return source, result


def _kind(value):
    if value is None:
        return "nothing (None)"
    return f"a layer ({type(value).__name__}) that was not called" if is_layer(value) else f"a {type(value).__name__}"
