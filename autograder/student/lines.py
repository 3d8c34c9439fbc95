"""Know for each operation of a network which of the student's lines called it. For `check` at home; grades do without."""

import os
import sys

import keras

from .own_layers import is_symbolic
from .stand_ins import globals_of

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Lines:
    """Within it, each symbolic call of a layer or operation is noted with the student's line that it came from: the
    innermost one of the function, of its helpers and of its comprehensions, wherever the notebook defines them."""

    def __init__(self, function):
        self.names, self.noted = globals_of(function), {}

    def __enter__(self):
        self.originals = [(kind, kind.__call__) for kind in (keras.Operation, keras.layers.Layer)]
        for kind, original in self.originals:
            kind.__call__ = self._noting(original)
        return self

    def __exit__(self, *_):
        for kind, original in self.originals:
            kind.__call__ = original

    def _noting(self, original):
        def call(operation, *args, **kwargs):
            outputs = original(operation, *args, **kwargs)
            for tensor in filter(is_symbolic, keras.tree.flatten(outputs)):
                if not hasattr(tensor, "_keras_history"):  # Keras asks for a shape alone
                    continue
                maker, node, _ = tensor._keras_history
                self.noted.setdefault((id(maker), node), (maker, self._place()))  # kept alive, so that its id stays its own
            return outputs

        return call

    def _place(self):
        frame = sys._getframe(2)
        while frame is not None:
            if frame.f_globals is self.names and not frame.f_code.co_filename.startswith(PACKAGE):
                return frame.f_code.co_filename, frame.f_lineno
            frame = frame.f_back
        return None

    def of(self, tensor):
        """(file, line) of the call that made a tensor, or None."""
        if not hasattr(tensor, "_keras_history"):
            return None
        operation, node, _ = tensor._keras_history
        return self.noted.get((id(operation), node), (None, None))[1]
