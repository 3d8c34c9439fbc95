"""A seeded sample of the mutation laboratory. The whole of it: python -m tools.mutations"""

import random

import pytest

from tools import mutations
from tools.mutations import figures, judging, lines, wrong
from tools.mutations.answers import Answer
from tools.mutations.networks import NETWORKS

pytestmark = pytest.mark.slow


def test_every_wrong_one_is_charged_and_no_right_one():
    answers = judging.examine_all(mutations.sample(random.Random(7), 20, 20), jobs=1)
    assert {a.exercise for a in answers} == set(mutations.ALL)
    found = figures.report(answers)
    unnamed = found.pop(figures.UNNAMED, [])
    assert not found, {kind: [figures.describe(a) for a in group] for kind, group in found.items()}
    assert len(unnamed) <= 4, [figures.describe(a) for a in unnamed]


def test_check_marks_a_line_that_the_mistake_touched():
    assert lines.report(7, 6) >= figures.ASKED_LINES


@pytest.mark.parametrize("exercise", NETWORKS)
def test_the_plain_answer_is_the_solution_and_its_mistakes_are_many(exercise):
    assert not judging.is_wrong(Answer(exercise))
    assert len(wrong.mistakes_of(NETWORKS[exercise]())) >= 100


@pytest.mark.parametrize(
    "mistakes,frame,expected", [([("stride", "conv1", ("strides", "1"))], {}, True), ([], {"names": ("Y", "saved")}, False)]
)
def test_the_oracle_can_tell_wrong_from_right(mistakes, frame, expected):
    assert judging.is_wrong(Answer("convolutional_block", tuple(mistakes), frame=frame)) is expected
