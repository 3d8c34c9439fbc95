"""What the judge does not know is never equal to anything, and never wrong by itself."""

import re

import pytest

from autograder.course.record import label_steps
from autograder.model.blueprint import read
from autograder.model.compare import ordered
from autograder.model.diagnosis import diagnose
from autograder.model.exercise import Exercise, ExerciseError, Step
from autograder.model.operations import OPERATIONS
from tests.helpers.submissions import ROOT

SHAPE = [None, 4, 4, 3]
INPUT = {"op": "InputLayer", "config": {}, "inputs": [], "shape": SHAPE}
MYSTERY = {"op": "my.Mystery", "config": {}, "inputs": [0], "shape": SHAPE, "layer": 1}


def node(op, source, **config):
    return {"op": op, "config": config, "inputs": [source], "shape": SHAPE, "layer": source + 1}


def exercise(op):
    steps = [Step("norm", op, "a normalisation", 5, op=op), Step("relu", "ReLU", "a ReLU", 5, op="ReLU")]
    return Exercise("block", "Block", "block(X)", "graph", {"X": "tensor"}, steps, [])


def reference(op, labelled=True, **config):
    graph = ordered(read({"nodes": [INPUT, node(op, 0, **config), node("ReLU", 1)], "output": 2}))
    for step, place in (("norm", 1), ("relu", 2)):
        graph.nodes[place].step = step
    return {"cases": [{"case": {"X": SHAPE[1:]}, "graph": graph}], "blocks": {}}


def judge(op, blueprint, error=None, **config):
    entry = {"case": {"X": SHAPE[1:]}, "error": error, "graph": read(blueprint)}
    return diagnose(exercise(op), reference(op, **config), [entry])


LAYER_NORM = {"axis": [-1], "epsilon": 0.001, "center": True, "scale": True}


@pytest.mark.parametrize("op, config", [("LayerNormalization", LAYER_NORM), ("their.Unknown", {})])
def test_an_unknown_operation_earns_nothing_and_loses_nothing(op, config):
    """Even where the reference holds one, too: two unknown operations are not equal."""
    for blueprint in (
        {"nodes": [INPUT, MYSTERY], "output": 1},
        {"nodes": [INPUT, MYSTERY, node("ReLU", 1)], "output": 2},
        {"nodes": [INPUT, node("their.Unknown", 0), node("ReLU", 1)], "output": 2},
    ):
        verdict = judge(op, blueprint, **config)
        assert verdict.status == "not judged" and verdict.score <= 5
        assert verdict.score + verdict.held == verdict.points
        assert re.search("Mystery|Unknown", verdict.findings[0].found)


@pytest.mark.parametrize("op, config", [("LayerNormalization", LAYER_NORM), ("their.Unknown", {})])
def test_a_crash_at_the_first_line_earns_nothing(op, config):
    error = {"type": "NameError", "message": "X", "line": 1, "code": "Y"}
    verdict = judge(op, {"nodes": [INPUT], "output": None}, error, **config)
    assert (verdict.status, verdict.score, verdict.held) == ("crashed", 0, 0)


def test_a_known_layer_is_right_and_another_one_wrong():
    right = {"nodes": [INPUT, node("LayerNormalization", 0, **LAYER_NORM), node("ReLU", 1)], "output": 2}
    assert judge("LayerNormalization", right, **LAYER_NORM).status == "right"
    other = {"nodes": [INPUT, node("UnitNormalization", 0, axis=-1), node("ReLU", 1)], "output": 2}
    verdict = judge("LayerNormalization", other, **LAYER_NORM)
    assert (verdict.status, verdict.score) == ("wrong", 5)


def test_record_refuses_a_solution_with_an_unknown_operation_and_says_why():
    graph = ordered(read({"nodes": [INPUT, MYSTERY, node("ReLU", 1)], "output": 2}))
    with pytest.raises(ExerciseError, match=r"my\.Mystery, which the judge does not know.*add-an-operation"):
        label_steps(exercise("?my.Mystery"), graph)


def test_the_page_lists_the_operations_of_the_table():
    page = (ROOT / "docs" / "add-an-operation.md").read_text().partition("## Known operations")[2]
    assert sorted(re.findall(r"`(\w+)`", page)) == sorted(OPERATIONS)
