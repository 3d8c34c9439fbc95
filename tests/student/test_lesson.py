"""What the notebooks say is what their cells print: where a number decides whether a sentence is true, it is looked at here.

The outputs are those that `make outputs` has recorded.
"""

import itertools
import re

import nbformat
import numpy as np
import pytest

from tests.helpers.submissions import ASSIGNMENT, ROOT

NOTEBOOKS = {path.stem: nbformat.read(path, as_version=4) for path in sorted((ROOT / "source" / ASSIGNMENT).glob("*.ipynb"))}


def grade_id(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def printed(notebook, name):
    """What a cell has printed."""
    cell = next(cell for cell in NOTEBOOKS[notebook].cells if grade_id(cell) == name)
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def text(notebook, cell_id):
    return " ".join(next(cell.source for cell in NOTEBOOKS[notebook].cells if cell.id == cell_id).split())


def speeds(name):
    """{training step: the gradient norms of layers 1, 2, 3, the middle one and the last, and the loss}."""
    number = r"(\S+?)"
    line = rf"step +(\d+): layer 1 {number}, layer 2 {number}, layer 3 {number}, middle {number}, output {number}; loss (.*)"
    return {int(step): [float(v) for v in row] for step, *row in re.findall(line, printed("vanishing_gradients", name))}


# ------------------------------------------------------------------ vanishing gradients


def test_the_plain_network_s_speed_of_learning_falls_towards_the_input_and_as_it_trains():
    assert "less than a hundred-thousandth" in text("vanishing_gradients", "plain-result")
    assert "20 steps layers 2 and 3 lose three quarters" in text("vanishing_gradients", "plain-result")
    assert "100 steps more than nine tenths" in text("vanishing_gradients", "plain-result")
    plain = speeds("measure_plain")
    assert plain[0][:5] == sorted(plain[0][:5]) and plain[0][0] < 1e-5 * plain[0][4]
    assert all(plain[20][k] < plain[0][k] / 4 and plain[100][k] < plain[0][k] / 10 for k in (1, 2))
    assert all(plain[100][k] <= plain[20][k] for k in range(5))
    assert all(abs(plain[step][5] - np.log(6)) < 0.01 for step in (20, 100))


def test_with_shortcuts_all_layers_learn_at_about_the_same_speed():
    assert "within a factor of 100" in text("vanishing_gradients", "residual-result")
    assert "100,000" in text("vanishing_gradients", "residual-result")
    plain, residual = speeds("measure_plain"), speeds("measure_residual")
    assert plain[0][4] > 100_000 * plain[0][0]
    assert all(max(row[:5]) < 100 * min(row[:5]) for row in residual.values())
    assert residual[100][5] < 1.7 < plain[100][5]


def test_plain_networks_degrade_though_their_gradients_do_not_vanish():
    line = r"(\d+) layers, (plain|with shortcuts) *: training loss (.*?), speed of the first convolution (.*?) times"
    rows = re.findall(line, printed("vanishing_gradients", "degradation"))
    loss = {(int(depth), kind): float(value) for depth, kind, value, _ in rows}
    assert len(loss) == 4
    assert loss[32, "plain"] > loss[8, "plain"] + 0.3
    assert loss[32, "with shortcuts"] < loss[8, "with shortcuts"]
    assert all(0.1 < float(ratio) < 10 for *_, ratio in rows)


def test_the_loss_is_flat_around_the_deep_plain_network_and_a_valley_with_shortcuts():
    assert "within 0.2 of that of guessing (1.79)" in text("vanishing_gradients", "loss-slice-result")
    line = r"(plain|with shortcuts) *: training loss (.*?) in the middle, (.*?) and (.*?) at the ends"
    rows = re.findall(line, printed("vanishing_gradients", "loss_slice"))
    losses = {kind: [float(loss) for loss in found] for kind, *found in rows}
    assert all(abs(loss - np.log(6)) < 0.2 for loss in losses["plain"])
    middle, *ends = losses["with shortcuts"]
    assert middle < 1.3 and all(end > middle + 1 for end in ends)


def test_a_new_block_is_the_identity_with_zero_gamma_only():
    changes = [float(n) for n in re.findall(r"by up to (\S+)", printed("vanishing_gradients", "zero_gamma"))]
    assert changes[0] > 1 and changes[1] == 0


@pytest.mark.nightly
def test_the_answers_about_depth_and_initialization_are_those_that_training_gives():
    names = {}
    for cell in NOTEBOOKS["vanishing_gradients"].cells:
        if grade_id(cell) in ("packages", "pictures", "plain_network", "residual_network", "try_depth"):
            source = cell.source.replace("plt.show()", "losses_of_the_last = losses").replace(
                "explore(try", "(lambda *_, **k: 0)(try"
            )
            exec(
                source.replace("    losses_of_the_last = losses", "    plt.close()\n    return np.mean(losses[-50:])"), names
            )
    try_depth, said = names["try_depth"], text("vanishing_gradients", "depth-answers")
    expected = {
        (6, "plain", "Glorot"): "1.69",
        (10, "plain", "Glorot"): "1.79",
        (20, "plain", "Glorot"): "1.79",
        (10, "plain", "He"): "1.43",
        (20, "plain", "He"): "1.77",
        (40, "plain", "He"): None,
        (40, "with shortcuts", "Glorot"): "1.16",
        (40, "with shortcuts", "He"): "not a number",
    }
    for (depth, network, start), words in expected.items():
        loss = try_depth(depth, network, start)
        assert words is None or words in said
        if words == "not a number":
            assert np.isnan(loss)
        else:
            assert abs(loss - float(words or np.log(6))) < 0.08, (depth, network, start, loss)


# ------------------------------------------------------------------ residual networks


def accuracies(name):
    line = r"after epoch +\d+ \( *\d+ s\): loss \S+, accuracy (\S+), held out (\S+)"
    return [(float(a), float(b)) for a, b in re.findall(line, printed("residual_networks", name))]


def test_the_small_network_overfits_as_the_text_says_and_beats_the_baseline():
    assert "overfits" in text("residual_networks", "overfitting")
    accuracy, held_out = accuracies("small_network")[-1]
    assert held_out < accuracy - 0.2
    tested, baseline = re.search(
        r"small network: (\S+)  \(nearest neighbour: (\S+)\)", printed("residual_networks", "small_network")
    ).groups()
    assert float(tested) > float(baseline)


def test_augmentation_helps_where_the_network_has_not_learnt_the_picture():
    line = r"test accuracy of the small network: (\S+) with augmentation, (\S+) without"
    augmented, plain = map(float, re.search(line, printed("residual_networks", "augmented")).groups())
    assert augmented > plain + 0.1
    assert "Fewer of the training pictures are right" in text("residual_networks", "augmentation-result")
    assert accuracies("augmented")[-1][0] < accuracies("small_network")[-1][0]


def test_resnet_begins_to_learn_in_a_minute_and_a_half():
    assert "begins to learn: the loss falls" in next(
        c.source for c in NOTEBOOKS["residual_networks"].cells if "MINUTES`" in c.source
    )
    cell = next(c for c in NOTEBOOKS["residual_networks"].cells if c.source.startswith("MINUTES = 1.5"))
    losses = re.findall(r"after epoch.*?loss (\S+),", "".join(o.text for o in cell.outputs if o.output_type == "stream"))
    assert len(losses) >= 2 and float(losses[-1]) < float(losses[0])


def test_the_layers_are_counted_as_the_text_does():
    rows = re.findall(
        r"^(\S.*?) +(\d+) layers, of which +(\d+) convolutions, +([\d,]+)", printed("residual_networks", "summary"), re.M
    )
    assert sum(int(row[2]) for row in rows) == 49 + 4
    assert sum(int(row[3].replace(",", "")) for row in rows) == 23_600_006


# ------------------------------------------------------------------ both


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_no_output_holds_a_warning_and_no_cell_speaks_of_our_tests(name):
    for cell in NOTEBOOKS[name].cells:
        assert "nbval" not in cell.source
        for output in cell.get("outputs", []):
            assert output.get("name") != "stderr" and output.output_type != "error", grade_id(cell)
            assert "WARNING" not in output.get("text", ""), grade_id(cell)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_folds_are_closed_and_markdown_in_them_is_read_as_such(name):
    for cell in NOTEBOOKS[name].cells:
        assert cell.source.count("<details>") == cell.source.count("</details>") == cell.source.count("<summary>")
        for inside in re.findall(r"</summary>(.*?)</details>", cell.source, re.S):
            assert inside.startswith("\n\n") and inside.endswith("\n\n"), cell.id  # else it stays plain text


@pytest.mark.parametrize("path", sorted((ROOT / "release").rglob("*.ipynb")), ids=lambda path: path.stem)
def test_headings_are_in_order_and_the_notebook_says_how_long_it_takes(path):
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    levels = [
        len(mark) for cell in cells for mark in re.findall(r"^(#+) ", re.sub(r"```.*?```", "", cell, flags=re.S), re.M)
    ]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert re.search(r"minutes|hour", cells[0])
    links = re.findall(r"\]\((https?://[^)]*)\)", "\n".join(cells))
    assert all(re.fullmatch(r"https://[\w.-]+/\S*", link) for link in links)
