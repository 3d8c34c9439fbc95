"""Does every answer in tests/cases get the verdict that its first lines expect?

`make check` runs the shortest of each exercise for each verdict, without LONGEST; `make test` runs all.
"""

import pytest

from tests.helpers.answers import exercise_of, judge_answer, read_case
from tests.helpers.submissions import ALL_EXERCISES, ROOT

FILES = sorted((ROOT / "tests" / "cases").glob("*/*.py"))
LONGEST = ("keras_applications", "trained_inside")  # compiled networks of 50 layers


def _shortest():
    """Of each exercise and each verdict, the answer that is soonest read."""
    found = {}
    for path in sorted(FILES, key=lambda path: path.stat().st_size):
        if path.stem not in LONGEST:
            found.setdefault((path.parent.name, *sorted(read_case(path)[0].items())), path)
    return set(found.values())


SHORTEST = _shortest()
CASES = [
    pytest.param(path, id=f"{path.parent.name}/{path.stem}", marks=[] if path in SHORTEST else [pytest.mark.slow])
    for path in FILES
]


@pytest.mark.parametrize("path", CASES)
def test_verdict(path):
    expected, source = read_case(path)
    verdict = judge_answer(path.parent.name, source, str(path))
    first = verdict.findings[0] if verdict.findings else None
    assert verdict.score == float(expected["points"]), [f.text() for f in verdict.findings]
    assert (verdict.status == "right") == (verdict.score == verdict.points)
    if "step" in expected:
        assert first.steps[0] == expected["step"], first.text()
    if "mistake" in expected:
        assert first.name == expected["mistake"], first.text()


@pytest.mark.parametrize("name", ALL_EXERCISES)
def test_every_named_mistake_is_shown_by_a_case(name):
    """A rule that no case reaches could be wrong without anybody noticing."""
    mistakes = {mistake.name for mistake in exercise_of(name).mistakes}
    shown = {read_case(path)[0].get("mistake") for path in FILES if path.parent.name == name}
    assert mistakes <= shown


@pytest.mark.parametrize("name", ALL_EXERCISES)
def test_at_least_half_of_the_steps_are_named_first_by_a_case(name):
    steps = {read_case(p)[0].get("step") for p in FILES if p.parent.name == name}
    covered = {s.id for s in exercise_of(name).steps} & steps
    assert len(covered) >= len(exercise_of(name).steps) / 2
