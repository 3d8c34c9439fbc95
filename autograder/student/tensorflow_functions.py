"""TensorFlow's functions on Keras's symbolic tensors: what a student's Lambda or own layer is looked into with."""

import functools
import operator
import typing

import tensorflow as tf
from keras import ops

# Those that have the same name and the same arguments in keras.ops.
SAME = (  # noqa: SIM905
    "abs add cast cos divide elu equal exp expand_dims floor gelu greater greater_equal leaky_relu less less_equal log "
    "log_softmax matmul maximum minimum multiply negative not_equal ones_like relu relu6 reshape round rsqrt selu sigmoid "
    "sign sin softplus softsign sqrt square squeeze subtract tanh tile transpose where zeros_like"
).split()


class TensorFlowFunctions(tf.__internal__.dispatch.GlobalOpDispatcher):
    """Within it, TensorFlow's functions take Keras's symbolic tensors, as they do in a Lambda or an own layer: what Keras
    tells students to write who call `tf.nn.relu(X)`."""

    twins: typing.ClassVar = {
        "softmax": lambda logits, axis=None: ops.softmax(logits, -1 if axis is None else axis),
        "add_n": lambda inputs: functools.reduce(operator.add, inputs),
        "pad": lambda tensor, paddings, mode="CONSTANT", constant_values=0: ops.pad(
            tensor, paddings, mode.lower(), constant_values or None
        ),
        "identity": lambda input: input,
        "concat": lambda values, axis: ops.concatenate(values, axis),
        **{
            f"reduce_{name}": (
                lambda function: lambda input_tensor, axis=None, keepdims=False: function(input_tensor, axis, keepdims)
            )(getattr(ops, name))
            for name in ("mean", "sum", "max", "min", "prod")
        },
        **{
            name: (lambda function: lambda *args, **named: function(*args, *named.values()))(getattr(ops, name))
            for name in SAME
        },
        "max_pool2d": lambda input, ksize, strides, padding: ops.max_pool(input, ksize, strides, padding.lower()),
        "avg_pool2d": lambda input, ksize, strides, padding: ops.average_pool(input, ksize, strides, padding.lower()),
        "avg_pool": lambda input, ksize, strides, padding: ops.average_pool(input, ksize, strides, padding.lower()),
        "swish": lambda features: ops.silu(features),
        "clip_by_value": lambda t, clip_value_min, clip_value_max: ops.clip(t, clip_value_min, clip_value_max),
        "stack": lambda values, axis=0: ops.stack(values, axis),
    }
    active = False

    def __enter__(self):
        self.active = True

    def __exit__(self, *_):
        self.active = False

    def handle(self, op, args, kwargs):
        """Call Keras's function in place of TensorFlow's; called by TensorFlow."""
        twin = self.twins.get(op.__name__.removesuffix("_v2")) if self.active else None
        kwargs = {key: value for key, value in kwargs.items() if key != "name"}
        return twin(*args, **kwargs) if twin else self.NOT_SUPPORTED


FUNCTIONS = TensorFlowFunctions()
FUNCTIONS.register()
