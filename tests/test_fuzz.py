"""Hand-ins changed at random: the reader raises its own error or the judge gives a verdict, quickly, and nothing else."""
import copy
import json
import random
import time

import pytest

from autograder import judge
from autograder.blueprint import HandInError

from .answers import exercise_of, judge_text, run_answer
from .submissions import solution_cells

VALUES = [None, True, 0, 1, -1, 2, 7, 10**6, 10**7, 1.5, "", "same", "valid", "relu", "x" * 50, [], [1, 2],
          [[1, 2], [3, 4]], [0, 0], {}, {"class_name": "Zeros", "config": {}}, "Conv2D", "Add", "Dense", "Flatten",
          "block:identity_block", "Softmax", "ZeroPadding2D", "AveragePooling2D", "Reshape", "Pad", "MaxPooling2D",
          "BatchNormalization"]


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
    except (KeyError, IndexError, TypeError):       # an earlier change has removed the place
        pass


@pytest.mark.parametrize("name,grade_id", [
    ("identity_block", "identity_block"), ("convolutional_block", "convolutional_block"), ("ResNet50", "resnet50")])
def test_changed_hand_ins_never_break_the_judge(name, grade_id):
    exercise, rng = exercise_of(name), random.Random(name)
    right = json.loads(run_answer(exercise, solution_cells()[grade_id]))
    paths = list(places(right))
    for _ in range(400):
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
