"""Limits of hand-ins: just below each, a verdict, fast; just above it, one that names it."""

import copy
import json
import time

import nbformat
import pytest
from traitlets.config import Config

from autograder.grading.execute import RUN
from autograder.grading.helper import OWN_LIMIT
from autograder.grading.judge import Judge, verdicts_in
from autograder.model import blueprint, hand_in
from autograder.model.blueprint import HAND_IN, HandInError
from tests.helpers import growth
from tests.helpers.answers import exercise_of, run_answer
from tests.helpers.submissions import ROOT, solution_cells

SECONDS = 2  # in which everything that is accepted is read


NAME = "identity_block"
EXERCISE = exercise_of(NAME)
RIGHT = json.loads(run_answer(EXERCISE, solution_cells()[NAME]))


def with_graph(nodes):
    """A hand-in with one of its cases' graphs replaced."""
    payload = {
        **RIGHT,
        "cases": [{**RIGHT["cases"][0], "blueprint": {"nodes": nodes, "output": len(nodes) - 1}}, *RIGHT["cases"][1:]],
    }
    return json.dumps(payload)


def nodes(count, op="Activation", inputs=1, **more):
    shape = RIGHT["cases"][0]["blueprint"]["nodes"][0]["shape"]
    start = {"op": "InputLayer", "config": {}, "inputs": [], "shape": shape}
    config = {"activation": "tanh"} if op == "Activation" else {}
    rest = [{"op": op, "config": config, "inputs": [k] * inputs, "shape": shape, **more} for k in range(count - 1)]
    return [start, *rest]


def edges(count):
    return nodes(1 + count // 80, "Add", 80) + [{**nodes(2, "Add", count % 80)[1]}] * bool(count % 80)


def settings(count):
    return nodes(2, "Mystery")[:1] + [{**nodes(2, "Mystery")[1], "config": {"a": [0] * (count - 4)}}]


def deep(depth):
    value = 0
    for _ in range(depth - 2):
        value = [value]
    return nodes(2)[:1] + [{**nodes(2, "Mystery")[1], "config": {"a": value}}]


JUDGING = {
    "nodes": (blueprint.MAX_NODES, nodes, f"1 to {blueprint.MAX_NODES} nodes"),
    "edges": (blueprint.MAX_EDGES, edges, f"at most {blueprint.MAX_EDGES} inputs"),
    "inputs of a node": (blueprint.MAX_INPUTS, lambda n: nodes(2, "Add", n), f"more than {blueprint.MAX_INPUTS}"),
    "axes": (blueprint.MAX_AXES, lambda n: nodes(2)[:1] + [{**nodes(2)[1], "shape": [1] * n}], "no valid shape"),
    "size of an axis": (blueprint.MAX_SIZE, lambda n: nodes(2)[:1] + [{**nodes(2)[1], "shape": [1, n]}], "no valid shape"),
    "settings of a node": (blueprint.MAX_PARTS, settings, f"more than {blueprint.MAX_PARTS} settings"),
    "depth of a setting": (blueprint.MAX_DEPTH, deep, "nested too deep"),
    "characters of a setting": (
        blueprint.MAX_TEXT,
        lambda n: nodes(2)[:1] + [{**nodes(2, "Mystery")[1], "config": {"a": "x" * n}}],
        "text is too long",
    ),
}


@pytest.mark.parametrize("name", JUDGING)
def test_a_hand_in_below_a_limit_is_judged_and_one_above_it_is_told_why(name):
    limit, make, says = JUDGING[name]
    for count, expected in ((limit, None), (limit + 1, says)):
        start = time.process_time()
        (data,) = judged(with_graph(make(count)))
        assert time.process_time() - start < SECONDS
        assert (
            data["status"] == "malformed"
            if expected
            else data["status"] not in ("malformed", "grader error", "grader limit")
        )
        assert (expected or "") in data["findings"][0]["text"]


def test_all_graphs_of_a_hand_in_are_limited_together():
    fits = growth.chain(NAME, hand_in.MAX_ALL_NODES // len(RIGHT["cases"]) - 1)
    start = time.process_time()
    assert judged(fits)[0]["status"] == "wrong"
    payload = json.loads(fits)
    payload["cases"][0]["blueprint"]["nodes"] = nodes(blueprint.MAX_NODES)
    assert f"more than {hand_in.MAX_ALL_NODES} nodes" in judged(json.dumps(payload))[0]["findings"][0]["text"]
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize(
    "text, says",
    [
        (" " * (hand_in.MAX_HAND_IN - 2) + "[]", "no cases"),
        (" " * (hand_in.MAX_HAND_IN - 1) + "[]", "sensible size"),
        ("[" * hand_in.MAX_NESTING + "]" * hand_in.MAX_NESTING, "no cases"),
        ("[" * (hand_in.MAX_NESTING + 1) + "]" * (hand_in.MAX_NESTING + 1), "nested too deep"),
        ("9" * hand_in.MAX_DIGITS, "no cases"),
        ("9" * (hand_in.MAX_DIGITS + 1), f"more than {hand_in.MAX_DIGITS} digits"),
    ],
)
def test_limits_of_the_text_that_is_handed_in(text, says):
    start = time.process_time()
    (data,) = judged(text)
    assert time.process_time() - start < SECONDS
    assert data["status"] == "malformed" and says in data["findings"][0]["text"]


@pytest.mark.parametrize(
    "value, accepted",
    [
        ([0.5] * hand_in.MAX_VALUES, True),
        ([0.5] * (hand_in.MAX_VALUES + 1), False),
        ([[[[1]]]], True),
        ([[[[[1]]]]], False),
        (hand_in.MAX_VALUE / 2, True),
        (hand_in.MAX_VALUE, False),
    ],
)
def test_limits_of_an_array(value, accepted):
    if accepted:
        assert hand_in.read_array(value) == value
    else:
        with pytest.raises(HandInError):
            hand_in.read_array(value)


def judged(text, **limits):
    """The verdicts on a notebook with one grade cell that hands in a text."""
    metadata = {"nbgrader": {"grade": True, "grade_id": f"test_{NAME}", "points": 10}}
    graded = nbformat.v4.new_code_cell(metadata=metadata)
    graded.outputs = [nbformat.v4.new_output("display_data", {HAND_IN: text})]
    judge = Judge(
        verdicts="/nonexistent/verdicts.db", config=Config({"CourseDirectory": {"root": str(ROOT)}, "Helper": limits})
    )
    names = {"assignment": "residual_networks", "student": "ada"}
    found, _ = judge.preprocess(nbformat.v4.new_notebook(cells=[graded]), {"nbgrader": names, RUN: True})
    return [data for _, data in verdicts_in(found.cells)]


@pytest.mark.parametrize("limits, says", [({"memory": 5}, "5 MB of memory"), ({"seconds": 0.02}, "0.02 s")])
def test_a_hand_in_that_is_too_much_for_the_judge_holds_its_points(limits, says):
    text = json.dumps(enlarged(60 if "memory" in limits else 59))
    (data,) = judged(text, **limits)
    assert (data["status"], data["score"], data["held"]) == ("grader limit", 0, 10)
    assert f"{OWN_LIMIT} (it took more than {says})" in data["findings"][0]["text"]
    assert judged(text)[0]["status"] == "right", "it is not remembered"


def enlarged(times):
    """The solution's hand-in, at whose end the result is enlarged and made smaller again: about 10 MB in one array."""
    payload = copy.deepcopy(RIGHT)
    for case in payload["cases"]:
        graph = case["blueprint"]
        last, shape = len(graph["nodes"]) - 1, graph["nodes"][-1]["shape"]
        large = [None, *(times * n for n in shape[1:3]), shape[3]]
        up = {"size": [times, times], "data_format": "channels_last", "interpolation": "nearest"}
        down = {"pool_size": [times, times], "strides": [times, times], "padding": "valid", "data_format": "channels_last"}
        graph["nodes"] += [
            {"op": "UpSampling2D", "config": up, "inputs": [last], "shape": large},
            {"op": "AveragePooling2D", "config": down, "inputs": [last + 1], "shape": shape},
        ]
        graph["output"] = last + 2
    return payload
