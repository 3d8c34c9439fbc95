"""A seeded sample of the mutation laboratory. The whole of it: python -m tools.mutations"""

import random

import pytest

from tools import mutations

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sample():
    wrong, right = mutations.all_mutants()
    groups = [random.Random(7).sample(group, 80) for group in (wrong, right)] + [mutations.second_order(wrong, 30)]
    done = iter(mutations.examine_all([mutant for group in groups for mutant in group]))
    return [[next(done) for _ in group] for group in groups]


def test_the_laboratory_is_large_enough():
    wrong, right = mutations.all_mutants()
    assert len(wrong) >= 500 and len(right) >= 200
    assert {m.exercise for m in wrong} == {m.exercise for m in right} == set(mutations.ALL)


def test_every_wrong_one_is_charged_and_no_right_one(sample):
    escaped, accused, unnamed, share = mutations.report(*sample)
    assert not escaped, [mutations.describe(m) for m in escaped]
    assert not accused, [mutations.describe(m) for m in accused]
    assert share[0] >= 0.95 and share[1] >= 0.85, [mutations.describe(m) for m in unnamed]


def test_the_oracle_can_tell_wrong_from_right():
    """Its verdict is not always the same: a changed stride is wrong, a renamed variable is not."""
    solution = mutations.solution("convolutional_block")
    text = "\n".join(solution.lines)
    for old, new, wrong in (("strides=(s, s)", "strides=(1, 1)", True), ("X_shortcut", "saved", False)):
        mutant = solution.mutant("", text.replace(old, new).splitlines(), ())
        assert mutations.is_wrong(mutant) is wrong
