"""Record the Keras graph behind a tensor as a blueprint (see blueprint.py). Runs in the kernel."""

from keras import tree

from .own_layers import Inside, is_symbolic, named
from .plain import plain


def trace(source, result, blocks=(), changed=frozenset(), ignored=None):
    """The blueprint of the graph from `source` to `result`, and the Keras tensor of each node.

    `source` is the keras.Input tensor that the student's function was given; `result` is what it
    returned, or None if it stopped with an error. Layers that were called but do not lead to the
    result are recorded too: they tell how far the code came, or that it returned the wrong tensor.
    `blocks` are calls of other exercises' functions as stand_ins.py keeps them, and `changed` the ids
    of variables that were given other values. The tensor `ignored` is left out, where it does not lead to the result.
    Own layers are looked into in both modes; where the graph is another one while training, the blueprint has that one
    under "training". Raises ValueError where the result does not come from the source.
    """
    called = [tensor for tensor in called_from(source) if tensor is not ignored]
    recorder = _Recorder(source, blocks, changed, False)
    found = recorder.record(result, called)
    if not recorder.inside.takes_mode:
        return found, recorder.tensors
    other = _Recorder(source, blocks, changed, True, recorder.inside.agreed).record(result, called)
    return _both_modes(found, other), recorder.tensors


def _both_modes(inference, training):
    """One blueprint of those in both modes. What a layer is told in both is fixed; what is the mode itself is not."""
    fixed = [_without_mode(inference, False), _without_mode(training, True)]
    plain_graphs = [[{**n, "call": {**n["call"], "training": None}} for n in graph["nodes"]] for graph in fixed]
    if plain_graphs[0] != plain_graphs[1] or fixed[0]["output"] != fixed[1]["output"]:
        return {**fixed[0], "training": fixed[1]}
    nodes = [{**a, "call": {**b["call"], **a["call"]}} for a, b in zip(fixed[0]["nodes"], fixed[1]["nodes"])]
    return {"nodes": nodes, "output": fixed[0]["output"]}


def _without_mode(blueprint, mode):
    """The blueprint without the calls' `training` where it is just the mode in which it was recorded."""
    nodes = [
        {
            **node,
            "call": {key: value for key, value in node.get("call", {}).items() if key != "training" or value is not mode},
        }
        for node in blueprint["nodes"]
    ]
    return {**blueprint, "nodes": nodes}


def called_from(source):
    """The output tensors of every call that the source leads to, in the order of the calls."""
    found, todo, tensors, known = [], [source], {id(source)}, set()
    while todo:
        tensor = todo.pop(0)
        for node in tensor._keras_history.operation._outbound_nodes:
            if id(node) in known or not any(id(t) in tensors for t in node.input_tensors):
                continue
            known.add(id(node))
            for output in node.outputs:
                tensors.add(id(output))
                found.append(output)
                todo.append(output)
    return found


class _Recorder:
    """Records one graph; `training` is the mode in which own layers are looked into."""

    def __init__(self, source, blocks, changed, training, agreed=()):
        self.nodes, self.tensors, self.places, self.layers = [], [], {}, {}
        self.alive = []  # a tensor that is recorded by its id must not be collected
        self.source, self.uses_source, self.inside = source, False, Inside(training, agreed)
        self.blocks = {id(result): (tensor, layer) for result, tensor, layer in blocks if is_symbolic(result)}
        self.changed = changed
        dtype = {} if source.dtype in ("float32", "float64") else {"dtype": source.dtype}
        self._add(source, {"op": "InputLayer", "config": dtype}, [])

    def record(self, result, called):
        """The blueprint up to `result`, and of the tensors that were `called` besides."""
        output = None if result is None else self.place(result)
        if output is not None and not self.uses_source:
            raise ValueError("the result does not depend on the input X")
        while not (self.blocks and result is not None) and any(self.place_if_complete(tensor) for tensor in called):
            pass  # a call can be recorded once all its inputs are; the inner calls of real blocks need not be
        return {"nodes": self.nodes, "output": output}

    def _add(self, tensor, node, inputs):
        self.nodes.append({**node, "inputs": inputs, "shape": list(tensor.shape)})
        self.tensors.append(tensor)
        self.places[id(tensor)] = len(self.nodes) - 1
        return len(self.nodes) - 1

    def place(self, tensor):
        """The index of the node that computes `tensor`, recorded now if it is new."""
        if tensor is self.source:
            self.uses_source = True
        if id(tensor) in self.places:
            return self.places[id(tensor)]
        if id(tensor) in self.blocks:
            before, layer = self.blocks[id(tensor)]
            inputs = [self.place(before)]
            return self._add(tensor, {"op": layer.blueprint_name, "config": layer.blueprint_config}, inputs)
        operation, node_index, tensor_index = tensor._keras_history
        call = operation._inbound_nodes[node_index]
        if not call.input_tensors:
            raise ValueError("the result depends on an Input that is not the given X")
        expanded = self.inside.of(operation, call, tensor_index)
        if expanded is not None:
            self.alive.append(expanded)
            place = self.places[id(tensor)] = self.place(expanded)
            return place
        inputs = [self.place(t) for t in call.input_tensors]
        return self._add(tensor, self._describe(operation, call), inputs)

    def place_if_complete(self, tensor):
        """Record a tensor that is not part of the result; return whether it was new and could be."""
        call = tensor._keras_history.operation._inbound_nodes[tensor._keras_history.node_index]
        if id(tensor) not in self.places and all(id(t) in self.places for t in call.input_tensors):
            self.place(tensor)
            return True
        return False

    def _describe(self, operation, call):
        name, config = self._named(operation)
        arguments = [a for a in call.arguments.args if not _holds_tensor(a)]
        settings = {k: v for k, v in call.arguments.kwargs.items() if v is not None and k != "mask" and not _holds_tensor(v)}
        number = self.layers.setdefault(id(getattr(operation, "part_of", operation)), len(self.layers))
        found = {"op": name, "config": config, "args": plain(arguments), "call": plain(settings), "layer": number}
        places = _places(call.arguments)
        return found if places == list(range(len(places))) else {**found, "places": places}

    def _named(self, operation):
        name, config = named(operation)
        names = [v.name for v in getattr(operation, "weights", ()) if id(v) in self.changed]
        return name, ({**config, "changed_weights": sorted(names)} if names else config)


def _places(arguments):
    """For each tensor of a call, the position or the name of the argument that holds it."""
    given = [*enumerate(arguments.args), *sorted(arguments.kwargs.items())]
    return [place for place, value in given for part in tree.flatten(value) if is_symbolic(part)]


def _holds_tensor(value):
    return any(is_symbolic(v) for v in tree.flatten(value))
