"""The one table of operations: all that the judge knows about each layer and function of Keras.

A submission's operation is looked up by the name of Keras's class. What is not in the table is *unknown*: it is never
equal to anything, and never wrong by itself. How to add a row: docs/add-an-operation.md.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from . import numpy_functions as functions
from . import numpy_layers as layers
from . import spellings, weights
from .graph import BLOCK, UNKNOWN
from .spellings import Rule
from .weights import WeightShapes
from .work import Evaluator


class Kind(StrEnum):
    """What sort of thing an operation is: which ones can stand for each other, and its colour in drawings."""

    INPUT = "input"
    WEIGHTS = "convolution or dense layer"
    NORMALISATION = "normalisation"
    ACTIVATION = "activation"
    MERGE = "merge"
    POOLING = "pooling"
    PADDING = "padding"
    SHAPE = "change of shape"
    ARITHMETIC = "arithmetic"
    RANDOM = "random, for training only, or never the same as another layer"
    BLOCK = "block"
    UNKNOWN = "not known"


@dataclass(frozen=True)
class Operation:
    """One row of the table.

    normalise  puts a layer or function of this name into normal form (spellings.py)
    evaluate   computes it (numpy_layers.py, numpy_functions.py); None: never decided by value, since it is random or
               does more than its values show
    weights    the shapes of its weights, as a function of (settings, input shape, output shape)
    short      its name in a drawing
    words      its name in a sentence: "there is a ... in its place"
    commutative  whether the order of its inputs does not matter
    """

    kind: Kind
    normalise: Rule | None = None
    evaluate: Evaluator | None = None
    weights: WeightShapes | None = None
    short: str = ""
    words: str = ""
    commutative: bool = False


def _functions(kind: Kind, group: dict[str, functions.Function], rule: Rule = spellings.as_it_is) -> dict[str, Operation]:
    return {name: Operation(kind, rule, functions.call(function)) for name, function in group.items()}


def _merges() -> dict[str, Operation]:
    """Merges of several tensors; with a literal operand they are arithmetic, and wrong merges all the same."""
    joins = functions.MERGE | {"Concatenate": functions.SHAPE["Concatenate"]}
    rules = {"Add": spellings.add, "Maximum": spellings.maximum}
    return {
        name: Operation(
            Kind.MERGE,
            rules.get(name, spellings.merge),
            functions.call(function),
            short="+ add" if name == "Add" else "",
            commutative=name not in ("Subtract", "Concatenate"),
        )
        for name, function in joins.items()
    }


def _layer_family(
    name: str, evaluate: Evaluator, shapes: WeightShapes | None, kind: Kind, axes: str = "123"
) -> dict[str, Operation]:
    """A layer for one, two or three spatial axes: the digit stands at the # in its name."""
    return {name.replace("#", n): Operation(kind, spellings.as_it_is, evaluate, shapes) for n in axes}


_MAX, _AVERAGE = layers.pooling("max"), layers.pooling("average")
_AUGMENTATIONS = """AugMix CutMix MixUp RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast
    RandomCrop RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert
    RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation
    RandomZoom"""
_SEQUENCES = """AdditiveAttention Attention Bidirectional ConvLSTM1D ConvLSTM2D ConvLSTM3D GRU GroupedQueryAttention LSTM
    MultiHeadAttention SimpleRNN"""
OPERATIONS: dict[str, Operation] = {
    **_functions(Kind.ARITHMETIC, functions.ONE),
    **_functions(Kind.ARITHMETIC, {name: functions.two(f) for name, f in functions.TWO.items()}),
    **_functions(Kind.ARITHMETIC, functions.REDUCTION),
    **_functions(Kind.ARITHMETIC, functions.OTHER),
    **_functions(Kind.ACTIVATION, functions.ACTIVATION),
    **_functions(Kind.SHAPE, functions.SHAPE),
    **_merges(),
    **_layer_family("Conv#D", layers.conv, weights.conv_weights, Kind.WEIGHTS),
    **_layer_family("Conv#DTranspose", layers.transposed_conv, weights.transposed_weights, Kind.WEIGHTS),
    **_layer_family("DepthwiseConv#D", layers.depthwise_conv, weights.depthwise_weights, Kind.WEIGHTS, "12"),
    **_layer_family("SeparableConv#D", layers.depthwise_conv, weights.depthwise_weights, Kind.WEIGHTS, "12"),
    **_layer_family("MaxPooling#D", _MAX, None, Kind.POOLING, "13"),
    **_layer_family("AveragePooling#D", _AVERAGE, None, Kind.POOLING, "13"),
    **_layer_family("GlobalMaxPooling#D", layers.global_pooling("max"), None, Kind.POOLING),
    **_layer_family("GlobalAveragePooling#D", layers.global_pooling("average"), None, Kind.POOLING, "13"),
    **_layer_family("ZeroPadding#D", layers.zero_padding, None, Kind.PADDING, "13"),
    **_layer_family("Cropping#D", layers.cropping, None, Kind.PADDING),
    **_layer_family("UpSampling#D", layers.upsampling, None, Kind.SHAPE),
    "InputLayer": Operation(Kind.INPUT, spellings.input_),
    "Input": Operation(Kind.INPUT),
    "Identity": Operation(Kind.ARITHMETIC, spellings.identity),
    "ConvertToTensor": Operation(Kind.ARITHMETIC, spellings.identity),
    "Conv2D": Operation(Kind.WEIGHTS, spellings.conv2d, layers.conv, weights.conv_weights),
    "Dense": Operation(Kind.WEIGHTS, spellings.dense, layers.dense, weights.dense_weights),
    "Embedding": Operation(Kind.WEIGHTS, spellings.as_it_is, layers.embedding, weights.embedding_weights),
    "BatchNormalization": Operation(
        Kind.NORMALISATION,
        spellings.batch_normalization,
        layers.batch_normalization,
        weights.batch_normalization_weights,
        short="BatchNorm",
    ),
    "LayerNormalization": Operation(
        Kind.NORMALISATION, spellings.as_it_is, layers.layer_normalization, weights.scale_weights, short="LayerNorm"
    ),
    "GroupNormalization": Operation(
        Kind.NORMALISATION, spellings.as_it_is, layers.group_normalization, weights.scale_weights, short="GroupNorm"
    ),
    "RMSNormalization": Operation(
        Kind.NORMALISATION, spellings.as_it_is, layers.rms_normalization, weights.scale_weights, short="RMSNorm"
    ),
    "UnitNormalization": Operation(Kind.NORMALISATION, spellings.as_it_is, layers.unit_normalization, short="UnitNorm"),
    "ReLU": Operation(Kind.ACTIVATION, spellings.relu, layers.relu),
    "LeakyReLU": Operation(Kind.ACTIVATION, spellings.relu),
    "Relu": Operation(Kind.ACTIVATION, spellings.named("relu")),
    "Relu6": Operation(Kind.ACTIVATION, spellings.named("relu6")),
    "Activation": Operation(Kind.ACTIVATION, spellings.activation),
    "PReLU": Operation(Kind.ACTIVATION, spellings.as_it_is, layers.prelu, weights.prelu_weights),
    "Softmax": Operation(Kind.ACTIVATION, spellings.softmax, layers.softmax),
    "MaxPooling2D": Operation(Kind.POOLING, spellings.pool("MaxPooling2D"), _MAX, short="MaxPool"),
    "AveragePooling2D": Operation(Kind.POOLING, spellings.pool("AveragePooling2D"), _AVERAGE, short="AvgPool"),
    "MaxPool": Operation(Kind.POOLING, spellings.pool("MaxPooling2D")),
    "AveragePool": Operation(Kind.POOLING, spellings.pool("AveragePooling2D")),
    "GlobalAveragePooling2D": Operation(Kind.POOLING, spellings.global_average, layers.global_pooling("average")),
    "ZeroPadding2D": Operation(Kind.PADDING, spellings.zero_padding, layers.zero_padding, short="ZeroPad"),
    "Pad": Operation(Kind.PADDING, spellings.pad, functions.call(functions.pad)),
    "Mean": Operation(Kind.ARITHMETIC, spellings.mean, functions.call(functions.REDUCTION["Mean"])),
    "Flatten": Operation(Kind.SHAPE, spellings.flatten, functions.call(functions.SHAPE["Flatten"])),
    "Reshape": Operation(Kind.SHAPE, spellings.flatten, functions.call(functions.reshape)),
    "Rescaling": Operation(Kind.ARITHMETIC, spellings.as_it_is, layers.rescaling),
    "Dropout": Operation(Kind.RANDOM, spellings.dropout),
    "SpatialDropout1D": Operation(Kind.RANDOM, spellings.dropout),
    "SpatialDropout2D": Operation(Kind.RANDOM, spellings.dropout),
    "AlphaDropout": Operation(Kind.RANDOM, spellings.dropout),
    "GaussianDropout": Operation(Kind.RANDOM, spellings.dropout),
    "SpatialDropout3D": Operation(Kind.RANDOM, spellings.dropout),
    "GaussianNoise": Operation(Kind.RANDOM, spellings.dropout),
    **{name: Operation(Kind.RANDOM, spellings.as_it_is) for name in f"{_AUGMENTATIONS} {_SEQUENCES}".split()},
    "StopGradient": Operation(Kind.RANDOM, spellings.as_it_is, words="StopGradient (no gradient flows back through it)"),
}
COMMUTATIVE = {name for name, operation in OPERATIONS.items() if operation.commutative}
MERGES = {name for name, operation in OPERATIONS.items() if operation.kind is Kind.MERGE}


def kind_of(op: str) -> Kind:
    """The kind of an operation in normal form; blocks and unknown ones included."""
    if op.startswith(BLOCK):
        return Kind.BLOCK
    return OPERATIONS[op].kind if op in OPERATIONS else Kind.UNKNOWN


def words_of(op: str) -> str:
    """An operation's name in a sentence."""
    found = OPERATIONS.get(op)
    return found.words if found and found.words else op.removeprefix(BLOCK).lstrip(UNKNOWN)


def with_article(op: str) -> str:
    """An operation's name in a sentence, after "a" or "an"."""
    name = words_of(op)
    return f"{'an' if re.match('(?!unit)[aeiou]', name, re.I) else 'a'} {name}"


def short_of(op: str) -> str:
    """An operation's name in a drawing, or "" where it has none of its own."""
    found = OPERATIONS.get(op)
    return found.short if found else ""
