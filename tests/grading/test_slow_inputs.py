"""A search for what is slow or breaks a reader: hypothesis looks for hand-ins and notebooks that take long, and the fuzzing
harness of tools/fuzz.py runs for some seconds."""

import time

import pytest
from hypothesis import HealthCheck, Phase, given, settings, target
from hypothesis import strategies as st

from autograder.grading import reading
from autograder.grading.judging import judge_hand_in, load, verdict_outputs
from autograder.model.blueprint import HandInError
from autograder.model.hand_in import read_hand_in
from tests.helpers import growth
from tools.fuzz import LEAST, SECONDS, fuzz

BUSY = 2  # how much longer it may take on a machine that does other things
SEARCH = settings(
    max_examples=8,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate, Phase.target],
    suppress_health_check=list(HealthCheck),
)
OPERATIONS = st.sampled_from(
    [
        "Add",
        "Multiply",
        "Activation",
        "Matmul",
        "Mystery",
        "Concatenate",
        "Flatten",
        "ZeroPadding2D",
        "UpSampling2D",
        "Conv2D",
    ]
)


def timed(call, *arguments):
    """Seconds of computing, which hypothesis tries to make more."""
    start = time.process_time()
    call(*arguments)
    seconds = time.process_time() - start
    target(seconds)
    assert seconds < BUSY * SECONDS


def graph(shape, rows, size, channels):
    """Nodes of some operations: each row is (operation, how often, inputs of each, how far they reach back)."""
    nodes = []
    for op, times, width, reach in rows:
        for _ in range(min(times, 600 - len(nodes))):
            here = len(nodes)
            config = {"activation": "relu"} if op == "Activation" else growth._convolution(here, shape)["config"]
            config |= {
                "size": [size % 9 + 1] * 2,
                "padding": "same" if op == "Conv2D" else 1,
                "data_format": "channels_last",
            }
            config |= {"interpolation": "nearest", "axis": -1}
            inputs = [
                max(0, here - 1 - (k * reach) % (here + 1)) for k in range(width if op not in ("Conv2D", "Flatten") else 1)
            ]
            nodes.append({**growth.node(op, inputs, [None, size, size, channels], **config), "layer": here})
    return nodes


@pytest.mark.slow
@SEARCH
@given(
    st.lists(st.tuples(OPERATIONS, st.integers(1, 400), st.integers(1, 4), st.integers(0, 50)), min_size=1, max_size=4),
    st.integers(1, 200),
    st.integers(1, 64),
    st.sampled_from(["identity_block", "ResNet50"]),
)
def test_no_hand_in_takes_long(rows, size, channels, name):
    text = growth.graph(name, lambda shape: graph(shape, rows, size, channels))
    exercise, reference, _ = load(growth.FOLDER, name)

    def judge():
        try:
            handed, refused = read_hand_in(exercise, reference, text), None
        except HandInError as error:
            handed, refused = None, error
        verdict_outputs(exercise, judge_hand_in(exercise, reference, handed, refused))

    timed(judge)


PIECES = st.sampled_from(
    [
        '"',
        "\\",
        "[",
        "{",
        "}",
        ",",
        "<<<<<<< a\n",
        "=======\n",
        ">>>>>>> b\n",
        "“",
        "x?\n",
        "!x\n",
        "%x\n",
        "(",
        "\n",
        " ",
        "a",
    ]
)


@settings(SEARCH, max_examples=100)
@given(st.lists(st.tuples(PIECES, st.integers(1, 100_000)), max_size=6), st.booleans(), st.integers(1, 500))
def test_no_notebook_takes_long(rows, inside, cells):
    text = "".join(piece * times for piece, times in rows)
    data = growth.notebook(*[growth.cell(text[: reading.MAX_TEXT // cells])] * cells) if inside else text.encode()

    def read():
        found = reading.read(data).get("notebook", {"cells": []})
        reading.with_plain_quotes([cell["source"] for cell in found["cells"]])

    timed(read)


@pytest.mark.slow
def test_a_short_run_of_the_fuzzing_harness_finds_nothing():
    for name, harness in fuzz(inputs=4000, seconds=12, seed=1).items():
        assert harness.executions >= LEAST and not harness.failures, (name, harness.failures[:3])
