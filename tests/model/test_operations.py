"""The oracle against Keras itself: every operation of the table that can be evaluated, on drawn shapes and arguments."""

import json

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras import layers, ops

from autograder.model import oracle
from autograder.model.blueprint import read
from autograder.model.operations import OPERATIONS, Kind
from autograder.student.trace import trace

SMALL = st.integers(1, 3)
SIZES = st.integers(4, 7)  # heights and widths
CHANNELS = st.sampled_from([2, 4])
AXES = st.sampled_from([1, 2, 3, -1, -2, (1, 2), (1, 2, 3)])
AXIS = st.sampled_from([1, 2, 3, -1])
PADDING = st.sampled_from(["valid", "same"])
ACTIVATION = st.sampled_from(["linear", "relu", "tanh", "gelu"])


SEEDED = settings(max_examples=5, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))


def each(make, names):
    return map(make, names.split())


def unary(name):
    return name, lambda d, x: getattr(ops, name)(x)


def positive(name):
    return name, lambda d, x: getattr(ops, name)(ops.absolute(x) + 0.5)


def within(name):
    """A function that is defined between -1 and 1."""
    return name, lambda d, x: getattr(ops, name)(ops.tanh(x) * 0.9)


def reduction(name):
    return name, lambda d, x: getattr(ops, name)(x, axis=d(AXES), keepdims=d(st.booleans()))


def one_axis(name):
    return name, lambda d, x: getattr(ops, name)(x, axis=d(AXIS))


def binary(name):
    return name, lambda d, x: getattr(ops, name)(
        *d(st.sampled_from([(x, x[:, ::-1]), (x, 0.5), (0.5, x), (x, x[:, :1]), (x[:, :, :1], x)]))
    )


def truth(name):
    return name, lambda d, x: getattr(ops, name)(x > 0, x[:, ::-1] < 0.5)


def convolution(name, filters=True, dilated=True):
    def build(d, x):
        strides = d(st.integers(1, 2))
        dilation = d(st.integers(1, 2)) if dilated and strides == 1 else 1
        more = {"dilation_rate": dilation} if dilated else {}
        padding = d(PADDING) if dilation == 1 and "3D" not in name else "same"  # some axis may be too short otherwise
        return getattr(layers, name)(
            *([d(SMALL)] if filters else []), kernel_size=d(SMALL), strides=strides, padding=padding,
            use_bias=d(st.booleans()), activation=d(ACTIVATION), **more,
        )(flat(x) if "1D" in name else deep(x) if "3D" in name else x)  # fmt: skip

    return name, build


def flat(x):
    return x[:, :, 0]


def deep(x):
    return ops.expand_dims(x, 3)


def window(name):
    def build(d, x):
        size, strides = d(SMALL), d(SMALL)
        if "3D" in name:  # TensorFlow shifts the windows of three axes where they are smaller than the stride
            strides = min(size, strides)
            return getattr(layers, name)((size, 1, 1), strides=(strides, 1, 1), padding="same")(deep(x))
        return getattr(layers, name)(size, strides=strides, padding=d(PADDING))(flat(x) if "1D" in name else x)

    return name, build


def placed(name, make):
    """A layer of this name on a tensor of its number of axes."""
    return name, lambda d, x: make(d)(flat(x) if "1D" in name else deep(x) if "3D" in name else x)


EXAMPLES = dict([
    *each(unary, "absolute negative square exp expm1 sin cos tan arctan sinh cosh tanh arcsinh sign floor ceil trunc isnan "
         "isinf isfinite deg2rad copy ravel relu relu6 sigmoid softplus softsign silu selu hard_sigmoid hard_silu "
         "log_sigmoid hard_tanh erf zeros_like ones_like cbrt exp2 rad2deg sinc real conjugate"),
    *each(positive, "sqrt rsqrt reciprocal log log10 log1p log2 arccosh"),
    *each(within, "arcsin arccos arctanh"),
    *each(binary, "add subtract multiply maximum minimum divide greater greater_equal less less_equal equal not_equal "
         "arctan2 logaddexp floor_divide mod divide_no_nan true_divide"),
    *each(truth, "logical_and logical_or logical_xor"),
    *each(reduction, "sum mean max min prod var std logsumexp median amax amin"),
    *each(one_axis, "any all argmax argmin cumsum cumprod count_nonzero softmax log_softmax sort normalize flip"),
    ("norm", lambda d, x: ops.norm(x, axis=d(st.sampled_from([1, -1, (1, 2)])), keepdims=d(st.booleans()))),
    ("hypot", lambda d, x: ops.hypot(x, d(st.sampled_from([x[:, ::-1], x[:, :1]])))),
    ("mish", lambda d, x: layers.Activation("mish")(x)),
    ("logical_not", lambda d, x: ops.logical_not(x > 0)),
    ("power", lambda d, x: ops.power(ops.absolute(x) + 0.1, d(st.sampled_from([2, 0.5, -1])))),
    ("where", lambda d, x: ops.where(x > d(st.sampled_from([0, 0.5])), *d(st.sampled_from([(x, 0.0), (0.0, x), (x, -x)])))),
    ("clip", lambda d, x: ops.clip(x, d(st.sampled_from([0, -1])), d(st.sampled_from([1, 6, float("inf")])))),
    ("cast", lambda d, x: ops.cast(x * 3, d(st.sampled_from(["float32", "int32", "bool", "float16"])))),
    ("round", lambda d, x: ops.round(x * 3, d(st.integers(0, 2)))),
    ("elu", lambda d, x: ops.elu(x, d(st.sampled_from([0.0, 0.5, 1.0])))),
    ("celu", lambda d, x: ops.celu(x, d(st.sampled_from([0.5, 1.0])))),
    ("gelu", lambda d, x: ops.gelu(x, d(st.booleans()))),
    ("leaky_relu", lambda d, x: ops.leaky_relu(x, d(st.sampled_from([0.1, 0.3])))),
    ("threshold", lambda d, x: ops.threshold(x, 0.3, -1.0)),
    ("full_like", lambda d, x: ops.full_like(x, 2.5)),
    ("matmul", lambda d, x: ops.matmul(x, ops.transpose(x, (0, 1, 3, 2)))),
    ("einsum", lambda d, x: ops.einsum("bhwc,bhwd->bcd", x, x)),
    ("reshape", lambda d, x: ops.reshape(x, (-1, x.shape[1] * x.shape[2], x.shape[3]))),
    ("transpose", lambda d, x: ops.transpose(x, d(st.sampled_from([(0, 2, 1, 3), (0, 3, 1, 2)])))),
    ("expand_dims", lambda d, x: ops.expand_dims(x, d(AXIS))),
    ("squeeze", lambda d, x: ops.squeeze(x[:, :1], 1)),
    ("getitem", lambda d, x: d(st.sampled_from([x[:, 1:], x[:, ::2, :-1], x[..., 0], x[:, None], x[:, -1]]))),
    ("stack", lambda d, x: ops.stack([x, -x], axis=d(AXIS))),
    ("concatenate", lambda d, x: ops.concatenate([x, -x], axis=d(AXIS))),
    ("tile", lambda d, x: ops.tile(x, (1, d(SMALL), d(SMALL), 1))),
    ("repeat", lambda d, x: ops.repeat(x, d(SMALL), axis=d(AXIS))),
    ("roll", lambda d, x: ops.roll(x, d(SMALL), axis=d(AXIS))),
    ("swapaxes", lambda d, x: ops.swapaxes(x, 1, d(st.integers(2, 3)))),
    ("moveaxis", lambda d, x: ops.moveaxis(x, 1, d(st.integers(2, 3)))),
    ("split", lambda d, x: ops.split(x, 2, axis=-1)[0]),
    ("unstack", lambda d, x: ops.unstack(x[:, :2], axis=1)[0]),
    ("take", lambda d, x: ops.take(x, [1, 0], axis=1)),
    ("broadcast_to", lambda d, x: ops.broadcast_to(ops.sum(x, axis=0, keepdims=True), (2, *x.shape[1:]))),
    ("pad", lambda d, x: ops.pad(
        x, ((0, 0), (1, d(SMALL)), (0, 1), (0, 0)), d(st.sampled_from(["constant", "reflect", "symmetric"])))),
    ("max_pool", lambda d, x: ops.max_pool(x, d(SMALL), d(SMALL), d(PADDING))),
    ("average_pool", lambda d, x: ops.average_pool(x, d(SMALL), d(SMALL), d(PADDING))),
    ("stop", lambda d, x: layers.Activation(d(ACTIVATION))(x)),
    *each(convolution, "Conv1D Conv2D Conv3D"),
    *[convolution(name, dilated=False) for name in ("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")],
    *[convolution(name, False) for name in ("DepthwiseConv1D", "DepthwiseConv2D")],
    *each(convolution, "SeparableConv1D SeparableConv2D"),
    ("groups", lambda d, x: layers.Conv2D(4, d(SMALL), groups=2, padding=d(PADDING))(x)),
    *each(window, "MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D"),
    *[placed(f"Global{which}Pooling{n}D", lambda d, n=n, which=which: getattr(layers, f"Global{which}Pooling{n}D")(
        keepdims=d(st.booleans()))) for which in ("Max", "Average") for n in (1, 2, 3)],
    *[placed(f"ZeroPadding{n}D", lambda d, n=n: getattr(layers, f"ZeroPadding{n}D")(d(SMALL))) for n in (1, 2, 3)],
    *[placed(f"Cropping{n}D", lambda d, n=n: getattr(layers, f"Cropping{n}D")(1 if n < 3 else (1, 1, 0)))
      for n in (1, 2, 3)],
    *[placed(f"UpSampling{n}D", lambda d, n=n: getattr(layers, f"UpSampling{n}D")(d(SMALL))) for n in (1, 2, 3)],
    ("Dense", lambda d, x: layers.Dense(d(SMALL), activation=d(ACTIVATION))(x)),
    ("BatchNormalization", lambda d, x: layers.BatchNormalization(axis=d(AXIS), scale=d(st.booleans()))(x)),
    ("LayerNormalization", lambda d, x: layers.LayerNormalization(axis=d(AXIS), center=d(st.booleans()))(x)),
    ("GroupNormalization", lambda d, x: layers.GroupNormalization(d(st.sampled_from([1, 2, -1])))(x)),
    ("UnitNormalization", lambda d, x: layers.UnitNormalization(axis=d(AXIS))(x)),
    ("RMSNormalization", lambda d, x: layers.RMSNormalization()(x)),
    ("ReLU", lambda d, x: layers.ReLU(
        d(st.sampled_from([None, 1])), d(st.sampled_from([0, 0.1])), d(st.sampled_from([0, 0.5])))(x)),
    ("LeakyReLU", lambda d, x: layers.LeakyReLU(d(st.sampled_from([0.1, 0.3])))(x)),
    ("PReLU", lambda d, x: layers.PReLU(shared_axes=d(st.sampled_from([None, [1, 2]])))(x)),
    ("ELU", lambda d, x: layers.ELU(d(st.sampled_from([0.0, 0.5])))(x)),
    ("Softmax", lambda d, x: layers.Softmax(axis=d(AXIS))(x)),
    ("Flatten", lambda d, x: layers.Flatten()(x)),
    ("Reshape", lambda d, x: layers.Reshape((x.shape[2], -1))(x)),
    ("Permute", lambda d, x: layers.Permute(d(st.permutations([1, 2, 3])))(x)),
    ("RepeatVector", lambda d, x: layers.RepeatVector(d(SMALL))(layers.Flatten()(x))),
    ("Rescaling", lambda d, x: layers.Rescaling(d(st.sampled_from([1.0, 0.5])), d(st.sampled_from([0.0, 1.0])))(x)),
    ("Average", lambda d, x: layers.Average()([x, -x, ops.square(x)])),
    ("Minimum", lambda d, x: layers.Minimum()([x, -x])),
    ("Dot", lambda d, x: layers.Dot(axes=1)([layers.Flatten()(x), layers.Flatten()(-x)])),
    ("Embedding", lambda d, x: layers.Embedding(5, 3)(ops.cast(ops.clip(ops.absolute(x), 0, 4), "int32"))),
])  # fmt: skip


def weights_of(graph, blueprint, tensors):
    """The weights of the Keras layers behind a graph, as the oracle takes them, made random."""
    layer = {n["layer"]: t._keras_history.operation for n, t in zip(blueprint["nodes"], tensors) if "layer" in n}
    rng, weights = np.random.default_rng(1), {}
    for index, node in enumerate(graph.nodes):
        names = list(oracle.weight_shapes(graph, index))
        if not names:
            continue
        arrays = [rng.uniform(0.5, 1.5, w.shape) for w in layer[node.layer].get_weights()]
        layer[node.layer].set_weights(arrays)
        if node.op == "BatchNormalization" and not node.settings["scale"]:
            names.remove("gamma")
        weights[index] = dict(zip(names, (np.asarray(w, float) for w in layer[node.layer].get_weights())))
    return weights


def difference(name, shape, draw):
    """The largest difference of the oracle from Keras in one drawn example, relative to the largest value."""
    source = keras.Input(shape)
    result = EXAMPLES[name](draw, source)
    blueprint, tensors = trace(source, result)
    graph = read(json.loads(json.dumps(blueprint)))
    assert oracle.not_understood(graph) == []
    weights = weights_of(graph, blueprint, tensors)
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype("float32")
    worst = 0.0
    for training in (False, True) if name == "BatchNormalization" else (False,):
        expected = np.asarray(keras.Model(source, result)(x, training=training), dtype=float)
        found = oracle.evaluate(graph, x, weights, training)[graph.output]
        assert found.shape == expected.shape
        scale = max(np.abs(expected).max(initial=0), 1.0)
        worst = max(worst, float(np.abs(found - expected).max(initial=0)) / scale)
    return worst


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_oracle_computes_what_keras_does(name):
    @SEEDED
    @given(st.data(), st.tuples(SIZES, SIZES, CHANNELS))
    def run(data, shape):
        assert difference(name, shape, data.draw) <= 1e-5

    run()


def test_every_operation_of_the_table_has_an_example_or_a_reason():
    """What Keras calls otherwise in its functions, or what no functional graph can hold, stands here."""
    shown = {key.replace("_", "").lower() for key in EXAMPLES}
    other = {"Abs": "absolute", "Identity": "", "ConvertToTensor": "", "Relu": "relu", "Input": "", "InputLayer": ""}
    missing = {
        name
        for name, row in OPERATIONS.items()
        if row.kind is not Kind.RANDOM and name.lower() not in shown and name not in other and name != "Activation"
    }
    assert not missing
