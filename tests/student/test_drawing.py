"""The drawing that `check` shows: what an answer builds, beside what the task asks for."""

import base64
import re

import pytest

from autograder.model import drawing
from autograder.student import tutor
from autograder.student.checks import judge_public_cases
from tests.helpers.answers import FOLDER, exercise_of, namespace, seen
from tests.helpers.submissions import solution_cells


def picture(name, case):
    """The drawing of an answer: its boxes' and gaps' texts with their places, and the points of its lines in alarm."""
    svg = base64.b64decode(re.search(r'base64,([^"]*)', seen(name, case)[1])[1]).decode()
    texts = {words: (float(x), float(y)) for x, y, words in re.findall(r'<text x="(.*?)" y="(.*?)".*?>(.*?)</text>', svg)}
    lines = re.findall(r'<polyline points="([^"]*)" fill="none" stroke="#a3161f"', svg)
    return svg, texts, [[tuple(map(float, point.split(","))) for point in line.split()] for line in lines]


def test_the_drawing_shows_a_shortcut_that_starts_too_late_where_it_starts():
    for name in ("identity_block", "convolutional_block"):
        svg, texts, lines = picture(name, "shortcut_saved_late")
        assert len(lines) == 1 and "starts here" in texts and "Your code" in texts
        relu = max(float(y) for x, y in re.findall(r'<text x="(.*?)" y="(.*?)"[^>]*>✓ ReLU</text>', svg)[:1])
        assert lines[0][0][1] > relu  # below the first component, not at the input
    assert picture("identity_block", "second_component_missing")[2] == []


@pytest.mark.parametrize(
    "name,case,words",
    [
        ("identity_block", "second_component_missing", "✗ missing"),
        ("identity_block", "dropout", "Dropout: one too many"),
        ("convolutional_block", "shortcut_relu", "+ ReLU"),
        ("identity_block", "valid_on_f_by_f", "✗ Conv2D, 0 zeros around"),
        ("identity_block", "axis_1", "✗ BatchNorm, axis 1"),
        ("convolutional_block", "shortcut_stride_missing", "✗ Conv2D, strides 1x1"),
        ("identity_block", "returns_shortcut", "✗ this is returned"),
        ("convolutional_block", "returns_shortcut", "✗ this is returned"),
        ("convolutional_block", "shortcut_norm_missing", "✗ missing"),
        ("convolutional_block", "newcomer__shortcut_with_F1_filters", "✗ Conv2D, filters 2"),
        ("identity_block", "name_error", "✗ stops here"),
        ("ResNet50", "newcomer__layer_instead_of_padding", "✗ stops here"),
        ("identity_block", "half_written", "to be written"),
    ],
)
def test_the_drawing_shows_what_the_code_builds(name, case, words):
    _, texts, _ = picture(name, case)
    assert words in texts or words[:16] in " ".join(texts)


def test_the_drawing_s_text_can_be_read_on_a_small_laptop():
    for name, case in (("identity_block", "dropout"), ("convolutional_block", None), ("identity_block", "untouched")):
        svg = picture(name, case)[0]
        width, box = (
            float(re.search(r' width="([\d.]+)" height', svg)[1]),
            float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1]),
        )
        assert width <= 880 and min(int(size) for size in re.findall(r'font-size="(\d+)"', svg)) * width / box >= 12


def test_the_network_is_drawn_stage_by_stage_and_unfolded_where_it_differs():
    _, page, _ = seen("ResNet50", "global_average_pool")
    summaries = re.findall(r"<details( open)?><summary>(.*?)</summary>", page)
    assert [words.split(":")[0] for _, words in summaries] == [*(f"stage {k}" for k in range(1, 6)), "output"]
    assert [bool(opened) for opened, _ in summaries] == [False] * 5 + [True] and "not right yet" in summaries[-1][1]
    drawings = [base64.b64decode(data).decode() for data in re.findall(r'base64,([^"]*)', page)]
    assert len(drawings) == 6
    for svg in drawings:
        assert "Your code" in svg and min(int(size) for size in re.findall(r'font-size="(\d+)"', svg)) >= 12


def test_text_stands_out_from_what_is_behind_it():
    def light(colour):
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear))

    def contrast(a, b):
        low, high = sorted((light(a), light(b)))
        return (high + 0.05) / (low + 0.05)

    assert all(contrast(drawing.INK, colour) >= 4.5 for colour in (drawing.CARD, *drawing.COLOURS.values()))
    assert contrast(drawing.ALARM, drawing.CARD) >= 4.5
    assert min(contrast(drawing.LINE, colour) for colour in (drawing.CARD, *drawing.COLOURS.values())) >= 3  # lines


def test_of_equal_blocks_the_missing_one_alone_is_marked():
    _, page, text = seen("ResNet50", "one_identity_too_few")
    assert text.count("▶ first difference") == 1 and "✓ there" in text
    svg = next(s for s in (base64.b64decode(d).decode() for d in re.findall(r'base64,([^"]*)', page)) if "✗ missing" in s)
    assert svg.count("✗ ") == 1


def test_of_equal_blocks_the_differing_one_alone_is_marked():
    _, page, text = seen("ResNet50", "one_block_of_other_size")
    svg = next(s for s in (base64.b64decode(d).decode() for d in re.findall(r'base64,([^"]*)', page)) if "f 5" in s)
    assert svg.count("✗ ") == 1
    marked = re.findall(r"^--> +\d+  (.*)", text, re.M)
    assert len(marked) == 1 and "identity_block(X, 5," in marked[0]


def test_table_and_drawing_show_the_case_that_the_words_speak_of():
    exercise, names = exercise_of("identity_block"), namespace()
    fixed = solution_cells()["identity_block"].replace("def identity_block(X, f,", "def identity_block(X, f_,")
    exec(fixed.replace("F2, (f, f)", "F2, (3, 3)").replace("F2, f,", "F2, 3,").replace("f_,", "f,"), names)
    verdict, rows = judge_public_cases(exercise, names["identity_block"], FOLDER)
    assert verdict.findings[0].codes[0] == "setting:conv2.kernel_size"
    row = next(row for row in rows if row.step.id == "conv2")
    assert "f=2" in rows.of and row.shape in [node.shape for node in rows.own.reference.nodes]
    svg = tutor.draw(exercise, verdict, rows)[0].svg
    assert "kernel 2x2" in svg and "kernel 3x3" in svg
    assert "f=2" in tutor.as_html(exercise, verdict, rows)
