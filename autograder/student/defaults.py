"""Settings that hold for a whole notebook, and that exercises are judged without."""

import contextlib
import warnings

import keras
import numpy as np
import tensorflow as tf
from keras.src.backend.common import global_state

_DEFAULTS = (  # how to read a setting, how to write it, and what it is when Keras is imported
    (keras.config.dtype_policy, keras.config.set_dtype_policy, "float32"),
    (keras.config.floatx, keras.config.set_floatx, "float32"),
    (keras.config.image_data_format, keras.config.set_image_data_format, "channels_last"),
    (keras.config.epsilon, keras.config.set_epsilon, 1e-7),
    # On GPUs that have TensorFloat-32, products lose 13 of 23 bits: more than gradient norms may differ.
    (
        tf.config.experimental.tensor_float_32_execution_enabled,
        tf.config.experimental.enable_tensor_float_32_execution,
        False,
    ),
)
# Variables made in a StatelessScope. Keras holds all, and draws their values at the end of any later scope, perhaps a
# student's: millions of numbers for networks that were looked at and are gone.
_PENDING = "uninitialized_variables"


@contextlib.contextmanager
def keras_defaults():
    """Within it, Keras computes as the references did: in float32, channels last. Afterwards all is as the student set it.

    Somebody who trains in mixed precision, say, has not changed what their functions build. Warnings are not shown, and
    neither they nor NumPy's floating-point warnings are errors.
    """
    before = [(write, read()) for read, write, _ in _DEFAULTS]
    pending = global_state.get_global_attribute(_PENDING)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            for _, write, value in _DEFAULTS:
                write(value)
            global_state.set_global_attribute(_PENDING, [])
            yield
        finally:
            for write, value in before:
                write(value)
            global_state.set_global_attribute(_PENDING, pending)
