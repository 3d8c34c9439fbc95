"""Know for each operation of a network which of the student's lines made and called it. For `check` at home; grades do
without."""

import os
import sys

import keras

from .own_layers import is_symbolic
from .stand_ins import globals_of

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Lines:
    """Within it, each layer that is made, and each symbolic call of a layer or operation, is noted with the student's lines
    that it came from: the innermost one of the function, of its helpers and of its comprehensions, wherever the notebook
    defines them, and those that led to it."""

    def __init__(self, function):
        self.names, self.made, self.called = globals_of(function), {}, {}

    def __enter__(self):
        self.originals = [(kind, kind.__call__) for kind in (keras.Operation, keras.layers.Layer)]
        for kind, original in self.originals:
            kind.__call__ = self._noting_calls(original)
        self.new = keras.layers.Layer.__new__
        keras.layers.Layer.__new__ = self._noting_layers(self.new)
        return self

    def __exit__(self, *_):
        for kind, original in self.originals:
            kind.__call__ = original
        keras.layers.Layer.__new__ = self.new

    def _noting_layers(self, original):
        def new(kind, *args, **kwargs):
            layer = original(kind, *args, **kwargs)
            self.made[id(layer)] = layer, self._places(layer)  # kept alive, so that its id stays its own
            return layer

        return new

    def _noting_calls(self, original):
        def call(operation, *args, **kwargs):
            outputs = original(operation, *args, **kwargs)
            for tensor in filter(is_symbolic, keras.tree.flatten(outputs)):
                if not hasattr(tensor, "_keras_history"):  # Keras asks for a shape alone
                    continue
                maker, node, _ = tensor._keras_history
                self.called.setdefault((id(maker), node), (maker, self._places(maker)))
            return outputs

        return call

    def _places(self, maker):
        """The student's lines as (code, line), from the innermost one outwards; not those in the class of a layer itself."""
        found, frame = [], sys._getframe(2)
        while frame is not None:
            own = frame.f_globals is self.names and not frame.f_code.co_filename.startswith(PACKAGE)
            if own and not (frame.f_code.co_name == "call" and frame.f_locals.get("self") is maker):
                found.append((frame.f_code, frame.f_lineno))
            frame = frame.f_back
        return found

    def of(self, tensor):
        """Two pairs (file, line), or None where not known: where the layer or operation that gave a tensor was called, and
        where it was given its settings."""
        if not hasattr(tensor, "_keras_history"):
            return None, None
        operation, node, _ = tensor._keras_history
        layer = getattr(operation, "part_of", operation)  # an own layer that extends one of Keras's
        called = self.called.get((id(layer), node if layer is operation else 0), (None, []))[1]
        made = self.made.get(id(layer), (None, []))[1]
        if (id(layer), 1) in self.called or not made:  # of a layer that is called twice, the call is what differs
            made = called
        elif made[0][0].co_name != "__init__":  # in a helper that makes layers: where the helper is called
            codes = [code for code, _ in called]
            made = [place for place in made if place[0] in codes] or made
        return tuple((places and (places[0][0].co_filename, places[0][1])) or None for places in (called, made))
