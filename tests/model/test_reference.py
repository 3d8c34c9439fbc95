"""Are the recorded references what the solutions build, and are their values right?"""

import json

import keras
import numpy as np
import pytest

from autograder.course import record as reference
from autograder.model import oracle
from autograder.model.blueprint import read
from autograder.model.compare import ordered
from autograder.model.exercise import load_reference
from autograder.student.running import run_case
from autograder.student.values import layer_values, sample_input, summary
from tests.helpers.answers import FOLDER, exercise_of, folder_of, namespace
from tests.helpers.submissions import ALL_EXERCISES

SOLUTIONS = {name: namespace(folder=folder_of(name))[name] for name in ALL_EXERCISES}
BLOCKS = [name for name in ALL_EXERCISES if exercise_of(name).kind == "graph" and not exercise_of(name).stand_ins]
CASES = [
    (name, hidden, k)
    for name in BLOCKS
    for hidden in (False, True)
    for k in range(len(load_reference(folder_of(name), name, hidden)["cases"]))
]


def traced(name, case, stand_ins=True):
    """The solution's ordered graph for a case, its Keras tensors, and the weights of its nodes."""
    entry, tensors = run_case(exercise_of(name), SOLUTIONS[name], case, stand_ins=stand_ins)
    assert entry["error"] is None
    graph = ordered(read(json.loads(json.dumps(entry["blueprint"]))))
    return graph, tensors, weights_of(graph, entry["blueprint"], tensors)


def weights_of(graph, blueprint, tensors):
    """The weights of the Keras layers behind a graph, as the oracle takes them, in float64."""
    layer = {
        node["layer"]: tensor._keras_history.operation
        for node, tensor in zip(blueprint["nodes"], tensors)
        if "layer" in node
    }
    weights = {}
    for index, node in enumerate(graph.nodes):
        names = oracle.weight_shapes(graph, index)
        if names:
            weights[index] = dict(zip(names, (np.asarray(w, float) for w in layer[node.layer].get_weights())))
    return weights


@pytest.mark.parametrize("name", ALL_EXERCISES)
@pytest.mark.parametrize("hidden", [False, True])
def test_recorded_references_are_what_the_solutions_hand_in(name, hidden):
    """Has a new TensorFlow or an edited solution changed what is graded? Then record again, and look at the diff."""
    exercise = exercise_of(name)
    for case in load_reference(folder_of(name), name, hidden)["cases"]:
        entry = run_case(exercise, SOLUTIONS[name], case["case"])[0]
        if exercise.kind == "array":
            np.testing.assert_allclose(entry["array"], case["array"], rtol=1e-4)
            continue
        graph = ordered(read(entry["blueprint"]))
        reference.label_steps(exercise, graph)
        recorded = [{k: v for k, v in node.items() if k != "values"} for node in case["nodes"]]
        assert reference.graph_data(graph)["nodes"] == recorded


@pytest.mark.parametrize("name,hidden,k", CASES, ids=[f"{n}-{'hidden' if h else 'public'}-{k}" for n, h, k in CASES])
def test_recorded_values_agree_with_the_numpy_oracle(name, hidden, k):
    case = load_reference(folder_of(name), name, hidden)["cases"][k]
    assert_oracle_agrees(name, case, True)


@pytest.mark.slow
def test_every_layer_of_resnet50_agrees_with_the_numpy_oracle():
    full = load_reference(FOLDER, "ResNet50")["full"]
    assert len(full["nodes"]) == 177
    assert_oracle_agrees("ResNet50", full, False)


def assert_oracle_agrees(name, case, stand_ins):
    graph, _tensors, weights = traced(name, case["case"], stand_ins)
    for mode in ("inference", "training"):
        x = sample_input(graph.nodes[0].shape[1:])
        values = oracle.evaluate(graph, x, weights, mode == "training")
        compared = 0
        for index, node in enumerate(case["nodes"]):
            if "values" not in node:
                continue
            mine, recorded = summary(values[index]), node["values"][mode]
            scale = max(recorded["rms"], 1e-6)
            assert abs(mine["rms"] - recorded["rms"]) <= 1e-4 * scale
            np.testing.assert_allclose(mine["entries"], recorded["entries"], rtol=1e-4, atol=1e-4 * scale)
            compared += 1
        assert compared >= len(case["nodes"]) - 2  # all but inner values of fused layers


def test_gradient_norms_agree_with_finite_differences():
    """The recorded arrays, checked without any automatic differentiation, in float64."""
    from autograder.student.arguments import make_arguments

    for case in load_reference(FOLDER, "gradient_norms", hidden=True)["cases"]:
        _, (model, X, y), _ = make_arguments(exercise_of("gradient_norms"), case["case"])
        np.testing.assert_allclose(finite_difference_norms(model, X, y), case["array"], rtol=2e-4)


def finite_difference_norms(model, X, y, step=1e-5):
    from autograder.student.trace import trace

    blueprint, tensors = trace(model.inputs[0], model.outputs[0])
    graph = read(json.loads(json.dumps(blueprint)))
    weights = weights_of(graph, blueprint, tensors)

    def loss():
        probabilities = oracle.evaluate(graph, X, weights, training=True)[graph.output]
        return -np.mean(np.log(probabilities[np.arange(len(y)), y]))

    norms = []
    for index in sorted(weights):
        kernel = weights[index].get("kernel")
        if kernel is None or not graph.nodes[index].settings["trainable"]:
            continue
        gradient = np.zeros_like(kernel)
        for place in np.ndindex(*kernel.shape):
            kernel[place] += step
            above = loss()
            kernel[place] -= 2 * step
            gradient[place] = (above - loss()) / (2 * step)
            kernel[place] += step
        norms.append(np.sqrt(np.sum(gradient**2)))
    return norms


# ------------------------------------------------------------------ published values

CONSTANTS = np.concatenate([value * np.ones((1, 4, 4, 3), "float32") for value in (-1, 1, 3)])


@pytest.mark.parametrize(
    "training,expected",
    [(False, [0, 0.66683817, 0, 0, 0.888539, 0.5274254]), (True, [0, 2.7823157, 0, 0, 1.6960442, 2.8218517])],
)
def test_published_values_of_the_convolutional_block(training, expected):
    """Values that the 2021 edition of the original assignment publishes."""
    source = keras.Input((4, 4, 3))
    block = keras.Model(
        source, SOLUTIONS["convolutional_block"](source, 2, [2, 4, 6], initializer=keras.initializers.glorot_uniform)
    )
    A = np.asarray(block(CONSTANTS, training=training))
    assert A.shape == (3, 2, 2, 6)
    np.testing.assert_allclose(A[0, 0, 0], expected, rtol=1e-4, atol=1e-5)


def constant_identity_block(f, filters, training):
    source = keras.Input((4, 4, 3))
    block = keras.Model(
        source, SOLUTIONS["identity_block"](source, f, filters, lambda seed=0: keras.initializers.Constant(1))
    )
    return np.asarray(block(CONSTANTS, training=training)).mean(-1)


def test_published_values_of_the_identity_block_in_inference_mode():
    A = constant_identity_block(2, [4, 4, 3], False)
    np.testing.assert_allclose(A[0], 0, atol=1e-5)
    for picture, (inside, edge, corner) in ((1, (192.71236, 96.85619, 48.9281)), (2, (578.1371, 290.56854, 146.78427))):
        expected = np.full((4, 4), inside)
        expected[3, :], expected[:, 3], expected[3, 3] = edge, edge, corner
        np.testing.assert_allclose(A[picture], expected, rtol=1e-5)


def test_published_values_of_the_identity_block_in_training_mode():
    A = constant_identity_block(3, [3, 3, 3], True)
    np.testing.assert_allclose(A[1], 0.37394, rtol=1e-3)
    assert {3.2379, 4.1394} <= {round(float(v), 4) for v in A[2].ravel()}


def test_published_figures_of_resnet50():
    model = SOLUTIONS["ResNet50"]((64, 64, 3), 6)
    assert model.count_params() == 23_600_006
    assert sum(int(np.prod(v.shape)) for v in model.non_trainable_variables) == 53_120
    counts = {
        kind: sum(type(layer).__name__ == kind for layer in model.layers)
        for kind in ("Conv2D", "BatchNormalization", "Activation", "Add")
    }
    assert counts == {"Conv2D": 53, "BatchNormalization": 53, "Activation": 49, "Add": 16}
    sizes = [layer.output.shape[1] for layer in model.layers if len(layer.output.shape) == 4]
    assert list(dict.fromkeys(sizes)) == [64, 70, 32, 15, 8, 4, 2, 1]


@pytest.mark.slow
def test_features_equal_those_of_keras_applications():
    """Our weights in keras.applications.ResNet50, whose settings differ in two places:
    epsilon of BatchNormalization is 1.001e-5 there, and its max pooling works on a padded map."""
    graph, tensors, weights = traced("ResNet50", {}, stand_ins=False)
    peer = keras.applications.ResNet50(weights=None, include_top=False, input_shape=(64, 64, 3))
    names = ["conv1_{}"]
    for stage, blocks in ((2, 3), (3, 4), (4, 6), (5, 3)):
        for block in range(1, blocks + 1):
            names += [f"conv{stage}_block{block}_{k}_{{}}" for k in ((1, 2, 3, 0) if block == 1 else (1, 2, 3))]
    for kind, word in (("Conv2D", "conv"), ("BatchNormalization", "bn")):
        mine = [list(weights[i].values()) for i, node in enumerate(graph.nodes) if node.op == kind]
        assert len(mine) == len(names)
        for name, arrays in zip(names, mine):
            peer.get_layer(name.format(word)).set_weights(arrays)
    for layer in peer.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.epsilon = 1e-3
    peer.get_layer("pool1_pad").padding = ((0, 0), (0, 0))
    x = sample_input((64, 64, 3))
    last = next(i for i in reversed(range(len(graph.nodes))) if graph.nodes[i].op == "ReLU")
    ours = keras.Model(tensors[0], tensors[graph.nodes[last].source])
    for training in (False, True):
        expected, found = np.asarray(ours(x, training=training)), np.asarray(peer(x, training=training))
        assert expected.shape == found.shape == (4, 2, 2, 2048)
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max())


def test_values_shown_to_students_are_the_recorded_ones():
    exercise = exercise_of("identity_block")
    case = load_reference(FOLDER, "identity_block")["cases"][0]
    _, tensors = run_case(exercise, SOLUTIONS["identity_block"], case["case"])
    shown = layer_values(tensors[0], tensors)["training"]
    recorded = [node["values"]["training"]["entries"] for node in case["nodes"]]
    assert len(shown) == len(recorded)
    for value, entries in zip(shown, recorded):
        np.testing.assert_allclose(value["entries"], entries, rtol=1e-3, atol=1e-5)
