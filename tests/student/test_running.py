"""How a student's function is called: with arguments of its own, as its signature asks, and with blocks stood in for."""

import copy
import functools
import inspect

import pytest
from keras.src.backend.common import global_state

from autograder.student.arguments import make_arguments
from autograder.student.checks import judge_public_cases
from autograder.student.running import run_case
from autograder.student.stand_ins import StandIns
from tests.helpers.answers import FOLDER, exercise_of, judge_answer, namespace, read_case, reference_of
from tests.helpers.submissions import ROOT

BLOCK = {"X": [6, 6, 3], "f": 3, "filters": [2, 4, 3], "initializer": "he_normal"}


def positional(X, f, filters, initializer=None): ...
def renamed(tensor, window, numbers, start=None): ...
def another_order(X, filters, f, initializer=None): ...
def keyword_only(X, *, f, filters, initializer=None): ...
def stars(X, *args, **kwargs): ...
def star(*args): ...
def keywords(**kwargs): ...
def older(X, f, filters, stage, block): ...


@pytest.mark.parametrize(
    "function,positions,names",
    [
        (positional, 4, []),
        (renamed, 4, []),
        (another_order, 1, ["f", "filters", "initializer"]),
        (keyword_only, 1, ["f", "filters", "initializer"]),
        (stars, 3, ["initializer"]),
        (star, 4, []),
        (keywords, 0, ["X", "f", "filters", "initializer"]),
        (older, 3, ["block", "stage"]),
        (functools.partial(positional, f=3), 1, ["f", "filters", "initializer"]),
    ],
)
def test_a_function_is_called_as_its_signature_asks(function, positions, names):
    source, args, kwargs = make_arguments(exercise_of("identity_block"), BLOCK, function)
    assert len(args) == positions and sorted(kwargs) == sorted(names)
    assert source is (args[0] if args else kwargs["X"])
    inspect.signature(function).bind(*args, **kwargs)


def test_nothing_that_a_function_is_given_is_shared_with_the_case():
    case = copy.deepcopy(BLOCK)

    def identity_block(X, f, filters, initializer):
        filters.clear()
        return X

    entry, _ = run_case(exercise_of("identity_block"), identity_block, case)
    assert entry["case"] == case == BLOCK


def test_stand_ins_leave_every_function_as_it_was():
    names = namespace()
    exec(
        "class Block:\n    def __call__(self, X): return 'object'\n"
        "    def method(self, X): return 'method'\n"
        "def function(X): return 'function'\n",
        names,
    )
    block = names["Block"]()
    kinds = [
        names["function"],
        functools.partial(names["function"]),
        block,
        block.method,
        functools.wraps(names["function"])(lambda *args: names["function"](*args)),
    ]
    before = [kind("X") for kind in kinds]
    for kind in kinds:
        names["identity_block"] = kind
        with StandIns(exercise_of("ResNet50"), names["ResNet50"]), pytest.raises(ValueError, match="input tensors"):
            kind("X")  # a stand-in asks for a tensor
        assert [kind("X") for kind in kinds] == before
        assert names["identity_block"] is kind


@pytest.mark.parametrize("case", ["right__changes_filters_by_pop", "right__relu_by_clip_to_infinity", "fixed_layer_names"])
def test_check_says_at_home_what_grading_says(case):
    path = ROOT / "tests" / "cases" / "identity_block" / f"{case}.py"
    _, source = read_case(path)
    home, _ = judge_public_cases(exercise_of("identity_block"), namespace(source)["identity_block"], FOLDER)
    graded = judge_answer("identity_block", source, str(path))
    assert (home.status, home.score) == (graded.status, graded.score)
    assert [finding.codes for finding in home.findings] == [finding.codes for finding in graded.findings]


def test_networks_that_were_looked_at_are_gone():
    """Keras would hold their variables, and draw all at the end of a student's own layer."""
    exercise = exercise_of("identity_block")
    case = reference_of("identity_block")["cases"][0]["case"]
    before = list(global_state.get_global_attribute("uninitialized_variables") or [])
    run_case(exercise, namespace()["identity_block"], case, weights=False, again=True)
    assert [id(v) for v in global_state.get_global_attribute("uninitialized_variables") or []] == [id(v) for v in before]
