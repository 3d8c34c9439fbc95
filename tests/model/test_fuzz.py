"""Hand-ins changed at random: the reader raises its own error or the judge gives a verdict, quickly, and nothing else."""

import contextlib
import copy
import functools
import json
import random
import resource
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.grading import judge
from autograder.model.blueprint import HandInError
from autograder.model.exercise import load_reference
from autograder.model.hand_in import read_hand_in
from tests.helpers.answers import exercise_of, folder_of, judge_text, run_answer
from tests.helpers.submissions import solution_cells

VALUES = [
    None,
    True,
    0,
    1,
    -1,
    2,
    7,
    10**6,
    10**7,
    1.5,
    "",
    "same",
    "valid",
    "relu",
    "x" * 50,
    [],
    [1, 2],
    [[1, 2], [3, 4]],
    [0, 0],
    {},
    {"class_name": "Zeros", "config": {}},
    "Conv2D",
    "Add",
    "Dense",
    "Flatten",
    "block:identity_block",
    "Softmax",
    "ZeroPadding2D",
    "AveragePooling2D",
    "Reshape",
    "Pad",
    "MaxPooling2D",
    "BatchNormalization",
]


def places(value, path=()):
    """The paths of all parts of a JSON value, the value itself excepted."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in items:
        yield (*path, key)
        yield from places(part, (*path, key))


def change(payload, rng, paths):
    """Put a strange value in some place, or remove what is there."""
    *above, key = rng.choice(paths)
    part = payload
    try:
        for step in above:
            part = part[step]
        if isinstance(part, dict) and rng.random() < 0.15:
            del part[key]
        else:
            part[key] = copy.deepcopy(rng.choice(VALUES))
    except (KeyError, IndexError, TypeError):  # an earlier change has removed the place
        pass


@pytest.mark.parametrize(
    "name,grade_id",
    [("identity_block", "identity_block"), ("convolutional_block", "convolutional_block"), ("ResNet50", "resnet50")],
)
@pytest.mark.parametrize("count", [40, pytest.param(400, marks=pytest.mark.nightly)])
def test_changed_hand_ins_never_break_the_judge(name, grade_id, count):
    exercise, rng = exercise_of(name), random.Random(f"{name} {count}")
    right = json.loads(run_answer(exercise, solution_cells()[grade_id]))
    paths = list(places(right))
    for _ in range(count):
        payload = copy.deepcopy(right)
        for _ in range(rng.randint(1, 4)):
            change(payload, rng, paths)
        start = time.perf_counter()
        try:
            verdict = judge_text(exercise, json.dumps(payload))
            judge.verdict_outputs(exercise, verdict)
            assert verdict.score <= verdict.points
        except HandInError:
            pass
        assert time.perf_counter() - start < 10


# ------------------------------------------------------------------ the reader alone, on very many inputs

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda parts: st.lists(parts, max_size=5) | st.dictionaries(st.text(max_size=10), parts, max_size=5),
    max_leaves=30,
)
RIGHT = {
    name: functools.cache(
        functools.partial(lambda name, grade_id: run_answer(exercise_of(name), solution_cells()[grade_id]), name, grade_id)
    )
    for name, grade_id in (
        ("identity_block", "identity_block"),
        ("ResNet50", "resnet50"),
        ("gradient_norms", "gradient_norms"),
    )
}
BATCH = 250


def read(name, text):
    """Whatever the reader does with a text must be done in bounded time, and end in its own error at worst."""
    exercise = exercise_of(name)
    start = time.perf_counter()
    with contextlib.suppress(HandInError):
        read_hand_in(exercise, reference_of(name), text)
    assert time.perf_counter() - start < 5


@functools.cache
def reference_of(name):
    return load_reference(folder_of(name), name, hidden=True)


def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000  # MB


def spoil_text(text, rng):
    """Cut, repeat, exchange or insert some characters of a JSON text."""
    for _ in range(rng.randint(1, 4)):
        at, length = rng.randrange(len(text)), rng.choice([1, 1, 1, 5, 50, 1000])
        piece = rng.choice(
            [
                "",
                text[at : at + length] * 2,
                "[" * length,
                '{"a":' * length,
                "9" * length,
                "1e999",
                "NaN",
                "-Infinity",
                '"\\ud800"',
                "\x00",
                "null",
                "true",
                '"',
                ",",
                "]",
            ]
        )
        text = text[:at] + piece + text[at + length :]
    return text


def test_any_json_is_read_or_refused():
    @settings(max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(JSON, st.sampled_from(sorted(RIGHT)), st.booleans())
    def run(value, name, inside):
        case = reference_of(name)["cases"][0]["case"]
        payload = {"exercise": name, "cases": [{"case": case, "error": None, "blueprint": value, "array": value}]}
        read(name, json.dumps(payload if inside else value))

    run()


@pytest.mark.parametrize(
    "examples",
    [pytest.param(2, marks=pytest.mark.slow), pytest.param(136, marks=pytest.mark.nightly)],
    ids=["1,500", "102,000"],
)
@pytest.mark.parametrize("name", sorted(RIGHT))
def test_spoiled_hand_ins_are_read_or_refused(name, examples):
    """Batches of 250 inputs, for each of three exercises."""
    right = RIGHT[name]()
    payload = json.loads(right)
    paths, before = list(places(payload)), memory()

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 2**64))
    def run(seed):
        rng = random.Random(seed)
        for number in range(BATCH):
            if number % 2:
                read(name, spoil_text(right, rng))
            else:
                changed = copy.deepcopy(payload)
                for _ in range(rng.randint(1, 6)):
                    change(changed, rng, paths)
                read(name, json.dumps(changed))
        assert memory() - before < 500

    run()
