"""A network calls its blocks in many ways, and blocks can be wrong in many: none of that costs points in the network."""

import pytest

from tests.helpers.answers import judge_answer
from tests.helpers.submissions import solution_cells

pytestmark = pytest.mark.nightly
NETWORK = """
{top}
def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = Input(input_shape)
    X = ZeroPadding2D((3, 3))(X_input)
    X = Conv2D(64, (7, 7), strides=(2, 2), kernel_initializer=glorot_uniform(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = Activation("relu")(X)
    X = MaxPooling2D((3, 3), strides=(2, 2))(X)
    for width, n, s in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        filters = [width, width, 4 * width]
        X = {convolutional}
        for _ in range(n - 1):
            X = {identity}
    X = Flatten()(AveragePooling2D((2, 2))(X))
    X = Dense(classes, activation="softmax", kernel_initializer=glorot_uniform(seed=0))(X)
    return Model(inputs=X_input, outputs=X)
"""
LOGGED = """
def logged(function):
    {wraps}
    def inner(*args, **kwargs):
        return function(*args, **kwargs)
    return inner
convolutional_block = logged(convolutional_block)
identity_block = logged(identity_block)
"""
# How the blocks are called, where that is not by their names: what comes before, and the calls.
WAYS = {
    "by name": ("", "convolutional_block(X, 3, filters, s)", "identity_block(X, 3, filters)"),
    "by keyword": ("", "convolutional_block(X=X, f=3, filters=filters, s=s)", "identity_block(filters=filters, X=X, f=3)"),
    "from a table": (
        "BLOCKS = {'c': convolutional_block, 'i': identity_block}",
        "BLOCKS['c'](X, 3, filters, s)",
        "BLOCKS['i'](X, 3, filters)",
    ),
    "by an alias": ("c, i = convolutional_block, identity_block", "c(X, 3, filters, s)", "i(X, 3, filters)"),
    "by a partial": (
        "import functools\nc, i = (functools.partial(b, f=3) for b in (convolutional_block, identity_block))",
        "c(X, filters=filters, s=s)",
        "i(X, filters=filters)",
    ),
    "through a class": (
        "class Blocks:\n    c = staticmethod(convolutional_block)\n    i = staticmethod(identity_block)",
        "Blocks.c(X, 3, filters, s)",
        "Blocks.i(X, 3, filters)",
    ),
    "by globals": ("", "globals()['convolutional_block'](X, 3, filters, s)", "globals()['identity_block'](X, 3, filters)"),
    "by a copy of its code": (
        "import types\nb = convolutional_block\n"
        "c = types.FunctionType(b.__code__, globals(), 'c', b.__defaults__, b.__closure__)",
        "c(X, 3, filters, s)",
        "identity_block(X, 3, filters)",
    ),
    "decorated": (LOGGED.format(wraps=""), "convolutional_block(X, 3, filters, s)", "identity_block(X, 3, filters)"),
    "decorated with wraps": (
        "import functools" + LOGGED.format(wraps="@functools.wraps(function)"),
        "convolutional_block(X, 3, filters, s)",
        "identity_block(X, 3, filters)",
    ),
}
CELLS = solution_cells()
IDENTITY, CONVOLUTIONAL = CELLS["identity_block"], CELLS["convolutional_block"]
WRONG = {
    "right": [],
    "another merge": [cell.replace("Add()", "layers.Average()") for cell in (IDENTITY, CONVOLUTIONAL)],
    "no stride": [CONVOLUTIONAL.replace("strides=(s, s)", "strides=1").replace("strides=s", "strides=1")],
    "stops": [IDENTITY.replace("Add()", "undefined()")],
    "not written": [
        "def convolutional_block(X, f, filters, s=2, initializer=glorot_uniform):\n    raise NotImplementedError()\n"
    ],
    "returns nothing": ["def identity_block(X, f, filters, initializer=random_uniform):\n    pass\n"],
    "lacks the stride": ["def convolutional_block(X, f, filters, initializer=glorot_uniform):\n    return X\n"],
    "lacks the initializer": ["def identity_block(X, f, filters):\n    return X\n"],
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("way", WAYS)
def test_a_wrong_block_costs_nothing_in_the_network(way, wrong):
    top, convolutional, identity = WAYS[way]
    assert not WRONG[wrong] or not {IDENTITY, CONVOLUTIONAL} & set(WRONG[wrong]), "the mutation changes nothing"
    source = NETWORK.format(top=top, convolutional=convolutional, identity=identity)
    verdict = judge_answer("ResNet50", source, others=WRONG[wrong])
    assert verdict.score == 10, [finding.text() for finding in verdict.findings]
