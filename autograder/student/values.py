"""The values of a network's layers on a fixed input, for the table that students see and for recorded references."""

import keras
import numpy as np

from .defaults import keras_defaults


def sample_input(shape, batch=4):
    """The fixed input on which layers are compared: float32, (batch, *shape), never constant."""
    return np.random.default_rng(0).standard_normal((batch, *shape)).astype("float32")


@keras_defaults()
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
