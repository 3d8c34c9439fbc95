"""What students see of `check`, `hint`, `reset` and the other things that the notebooks import."""

import base64
import linecache
import re
from html.parser import HTMLParser

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

import autograder
from autograder.model.exercise import ExerciseError
from autograder.model.hints import hints_for
from autograder.student import tutor
from autograder.student.checks import check, judge_public_cases
from tests.helpers.answers import FOLDER, answer, exercise_of, judged_at_home, namespace, read_case, seen
from tests.helpers.submissions import ASSIGNMENTS, EXERCISES, ROOT, solution_cells
from tools import mistakes


def secret_lines():
    stubs = "\n".join(path.read_text() for path in ROOT.glob("source/*/exercises/*.stub.py"))
    lines = {
        re.sub(r"\s+", " ", line).strip()
        for folder in ASSIGNMENTS
        for source in solution_cells(folder).values()
        for line in source.splitlines()
    }
    return [line for line in lines if len(line) > 20 and not line.startswith("#") and line not in stubs]


# ------------------------------------------------------------------ check


def test_the_first_difference_is_marked_in_words_and_in_the_drawing():
    _verdict, page, text = seen("convolutional_block", "stride_in_second")
    assert "▶ first difference" in page and "▶ first difference" in text
    assert "stride in the wrong convolution" in text and 'hint("convolutional_block")' in text
    assert (
        'alt="The steps of the task, and those of your code beside them. They differ first at: ' in page
        and "data:image/svg+xml;base64," in page
    )
    assert "<" not in text


def test_what_follows_zero_padding_is_too_much_and_the_padding_is_not():
    _, page, _ = seen("ResNet50", "activation_before_first_convolution")
    (drawing,) = [d for d in map(base64.b64decode, re.findall(r"svg\+xml;base64,([^\"]+)", page)) if b"too many" in d]
    assert b"ReLU: one too many" in drawing and b"ZeroPad: one too many" not in drawing
    assert page.count("not right yet") == 2 and "stage 1: 5 steps, 1 not right yet" in page  # above it, and of its table


def test_what_is_not_written_yet_is_no_difference():
    _, page, text = seen("gradient_norms", "untouched")
    assert "not written yet" in text and "First difference" not in page
    assert "The task:" not in text and "a line that stops the function" not in text


def test_an_operation_in_the_place_of_another_has_its_article():
    assert "there is an Average in its place" in seen("convolutional_block", "average_instead_of_add")[2]


def test_explore_replaces_its_picture_and_says_that_it_works():
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_code_cell(source)
        for source in (
            "from autograder import explore\nimport matplotlib.pyplot as plt\n"
            "def draw(k):\n    said.append(k)\n    plt.plot([k])\n    plt.show()\n    print('value', k)\n"
            "    if k == 3: raise ValueError('three')\nsaid = []\nexplore(draw, k=[2, 1, 3])",
            "import gc, ipywidgets\n"
            "control = next(o for o in gc.get_objects() if isinstance(o, ipywidgets.ToggleButtons))\ncontrol.value = 1",
            "control.value = 3\nassert said == [2, 1, 3] and not control.disabled",
        )
    ]
    client = NotebookClient(notebook, timeout=60)
    with client.setup_kernel():
        shown = []
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
            _, picture, text = notebook.cells[0].outputs
            shown.append((picture.data["image/png"], text.data["text/plain"]))
    assert shown[0][0] != shown[1][0] == shown[2][0]
    assert [text for _, text in shown] == ["value 2", "value 1", "ValueError: three"]


def test_the_page_is_well_formed_and_its_tables_have_headers():
    for name, case in (("identity_block", "shortcut_saved_late"), ("ResNet50", None), ("gradient_norms", "training_false")):
        parser = Balanced()
        parser.feed(seen(name, case)[1])
        assert parser.open == []
        assert parser.seen["table"] == parser.seen["caption"] == parser.seen["thead"]


class Balanced(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.seen = [], dict.fromkeys(("table", "caption", "thead"), 0)

    def handle_starttag(self, tag, attributes):
        self.seen[tag] = self.seen.get(tag, 0) + 1
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_an_error_is_shown_at_the_line_that_raised_it():
    _verdict, _page, text = seen("identity_block", "name_error")
    assert "NameError" in text and "Traceback" not in text
    marked = re.search(r"--> +\d+  (.*)", text)[1]
    assert marked.strip() in read_case(ROOT / "tests/cases/identity_block/name_error.py")[1]


@pytest.mark.parametrize(
    "name,case,line",
    [
        ("identity_block", "valid_on_f_by_f", 'Conv2D(F2, f, padding="valid"'),  # it also stops, at the addition
        ("identity_block", "axis_1", "BatchNormalization(axis=1)"),
        ("identity_block", "initializer_ignored_in_one", "Conv2D(F3, 1"),
        ("identity_block", "training_true_in_one", "training=True"),
        ("identity_block", "own_model_always_training", "Y = norm(convolution(Y), training=True)"),  # in a class
        ("convolutional_block", "shortcut_stride_missing", "X_shortcut = Conv2D(F3, 1, padding"),
        ("convolutional_block", "one_convolution_for_both_paths", "X_shortcut = projection(X_shortcut)"),
    ],
)
def test_the_marked_line_is_the_one_that_the_words_speak_of(name, case, line):
    marked = re.findall(r"^--> +\d+  (.*)", seen(name, case)[2], re.M)
    assert len(marked) == 1 and line in marked[0]


@pytest.mark.parametrize("case", ["shortcut_saved_late", "second_component_missing", "dropout", "returns_shortcut"])
def test_no_line_is_marked_where_none_is_known(case):
    assert "-->" not in seen("identity_block", case)[2]


def test_a_line_in_a_comprehension_is_marked_too():
    source = (
        "def ResNet50(input_shape=(64, 64, 3), classes=6):\n    X = X_input = Input(input_shape)\n"
        "    X = ZeroPadding2D((3, 3))(X)\n"
        "    X = [Conv2D(n, 7, strides=2, kernel_initializer=glorot_uniform(seed=5))(X)\n         for n in (64,)][0]\n"
        "    return Model(X_input, X)\n"
    )
    names = namespace()
    linecache.cache["<comprehension>"] = len(source), None, source.splitlines(True), "<comprehension>"
    exec(compile(source, "<comprehension>", "exec"), names)
    verdict, rows = judge_public_cases(exercise_of("ResNet50"), names["ResNet50"], FOLDER)
    verdict.findings = [finding for finding in verdict.findings if finding.codes == ["setting:conv1.seed"]]
    assert "glorot_uniform(seed=5)" in next(
        line for line in tutor.student_lines(verdict, names["ResNet50"], rows) if line.startswith("-->")
    )


def test_of_an_answer_that_stops_the_right_steps_show_their_values():
    exercise = exercise_of("identity_block")
    verdict, rows = judge_public_cases(exercise, answer("identity_block", "name_error"), FOLDER)
    assert verdict.findings[0].error
    right = [row for row in rows if verdict.states[row.step.id] == "right"]
    assert len(right) >= 3 and all(np.allclose(row.values, row.found_values, atol=1e-4) for row in right)


def test_what_is_not_written_yet_is_no_alarm():
    for case, first, step in (
        ("untouched", "Identity block: not written yet.", "first component, convolution"),
        ("half_written", "Identity block: 3 of", "second component, convolution"),
    ):
        _, page, text = seen("identity_block", case)
        assert text.startswith(first) and re.search(rf"The next step: +{step}", text)
        for word in ("NotImplementedError", "First difference", "first difference", "Your code:", "-->", "`"):
            assert word not in text and word not in page
        assert "▲ first" not in base64.b64decode(re.search(r"base64,([^\"]*)", page)[1]).decode()


@pytest.mark.parametrize(
    "line,words,hint",
    [
        ("X = ReLU(X)", "ReLU(...) is given a tensor where its settings belong", "second pair of brackets"),
        ("X = Conv2D(X, F1, (1, 1))", "Conv2D(...) is given a tensor", "second pair of brackets"),
        ("X = BatchNormalization(X)", "BatchNormalization(...) is given a tensor", "second pair of brackets"),
        ("X = BatchNormalization()(Conv2D(F1, 1))", "stands where a tensor belongs", "it was made, but not called"),
        ("X = Conv2D(F1, 1)", "a layer (Conv2D) that was not called", "called on a tensor"),
        ("X = None", "nothing (None)", "still to be filled in"),
        ("X = Activation('rellu')(X)", "rellu", "misspelled"),
        ("X = Conv2D(F1, 1, padding='vaild')(X)", "vaild", "misspelled"),
    ],
)
def test_a_slip_of_newcomers_is_the_first_finding_and_its_cause_is_told(line, words, hint):
    source = (
        "def identity_block(X, f, filters, initializer=random_uniform):\n    F1, F2, F3 = filters\n"
        "    X = Conv2D(F1, 1, kernel_initializer=initializer(seed=0))(X)\n    X = BatchNormalization(axis=3)(X)\n"
        f"    {line}\n    return X\n"
    )
    verdict, _ = judge_public_cases(exercise_of("identity_block"), namespace(source)["identity_block"], FOLDER)
    assert words in verdict.findings[0].found and hint in verdict.findings[0].hint
    assert "Less" not in " ".join(finding.found for finding in verdict.findings)


def test_a_gradient_that_is_none_has_its_cause_told():
    source = (
        "def gradient_norms(model, X, y):\n    with tf.GradientTape() as tape:\n        p = model(X, training=True)\n"
        "    loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, p))\n"
        "    return np.array([np.linalg.norm(g) for g in tape.gradient(loss, model.trainable_variables)])\n"
    )
    verdict, _ = judge_public_cases(exercise_of("gradient_norms"), namespace(source)["gradient_norms"], FOLDER)
    assert "computed inside the `with`" in verdict.findings[0].hint


@pytest.mark.parametrize(
    "line,words",
    [
        ("X = Add()([X, X_shortcut])", "different shapes"),
        ("X = X + X_shortcut", "different shapes"),
        ("X = np.maximum(X, 0)", "no values yet"),
        ("X = tf.nn.conv2d(X, X, 1, 'SAME')", "no values yet"),
        ("X = Conv2D(F1, stride=2, kernel_size=1)(X)", "name that this call does not know"),
        ("X = Conv2D(F1, (1, 1), 'same')(X)", "in which order"),
        ("X = Conv2D(filters, 1)(X)", "a list"),
        ("X = Conv2D(F1, 1)(None)", "None"),
        ("X = MaxPooling2D((9, 9))(X)", "Nothing is left"),
        ("X = Conv2D(F1, 1, kernel_initializer=5)(X)", "initializer"),
        ("X = Y", "spelled"),
    ],
)
def test_what_usually_causes_an_error_is_said(line, words):
    source = (
        "def identity_block(X, f, filters, initializer=random_uniform):\n    F1, F2, F3 = filters\n    X_shortcut = X\n"
        f"    X = Conv2D(F1, 1, kernel_initializer=initializer(seed=0))(X)\n    {line}\n    return X\n"
    )
    names = namespace(source)
    verdict, _ = judge_public_cases(exercise_of("identity_block"), names["identity_block"], FOLDER)
    error = next(f for f in verdict.findings if f.error)
    assert words.lower() in error.hint.lower() or error.hint == "Mend the finding above first.", error.text()


def told(name, old, new):
    """What `check` shows, and the hints, for the solution with one passage replaced."""
    source = solution_cells("residual_networks")[name.lower() if name == "ResNet50" else name]
    assert old in source
    function, verdict, rows = judged_at_home(name, source.replace(old, new, 1), "<told>")
    code = tutor.student_lines(verdict, function, rows)
    return tutor.as_text(exercise_of(name), verdict, rows, code), hints_for(exercise_of(name), verdict)


@pytest.mark.parametrize(
    "name,old,new,words,hint",
    [
        ("identity_block", 'Activation("relu")(X)', "F1(X)", "'int' object is not callable", "no function and no layer"),
        ("identity_block", "initializer(seed=0)", '"initializer"', "it stops with RuntimeError", "as the initializer"),
        ("identity_block", "F1, F2, F3 = filters", "F3 = filters[3]", "index out of range", "where does counting start"),
        ("identity_block", "Add()([X, X_shortcut])", "Add([X, X_shortcut])", "where its settings belong", "second pair"),
        ("identity_block", "Conv2D(F1, (1, 1)", 'Conv2D("F1", (1, 1)', "'str' and 'int'", "a text in quotes"),
        ("identity_block", "Add()([X, X_shortcut])", "Add()([X])", "shortcut not added", "a residual block"),
        ("ResNet50", "Input(input_shape)", "Input(64, 64, 3)", "Cannot convert '64' to a shape.", "a tuple"),
        ("ResNet50", "return Model", "model = Model", "what the function returns", "end without `return`"),
        ("ResNet50", "inputs=X_input", "inputs=X", "after the last step", "make with Input"),
        ("gradient_norms", "return np", "norms = np", "it returns nothing (None)", "end without `return`"),
        ("gradient_norms", "(y, probabilities)", "(probabilities, y)", "a line that stops", "true classes first"),
        ("gradient_norms", "return np", "return gradients or np", "not all numbers", "to return"),
    ],
)
def test_a_newcomer_s_slip_is_told_in_words_and_hints_that_fit_it(name, old, new, words, hint):
    text, hints = told(name, old, new)
    assert words in text and hint in hints[0]
    assert "not written yet" not in text and ".," not in text
    assert not (words.startswith("what the") and "softmax" in " ".join(hints))


def test_a_line_that_is_shown_is_not_quoted_as_well():
    text, _ = told("identity_block", "Add()([X, X_shortcut])", "Add()([X, X_shorcut])")
    assert text.count("X = Add()([X, X_shorcut])") == 1 and "of the function" not in text


def test_a_step_that_is_missing_comes_before_the_error_that_it_leads_to():
    shortcut = solution_cells("residual_networks")["convolutional_block"].partition("    X_shortcut = Conv2D")[2]
    shortcut = "    X_shortcut = Conv2D" + shortcut.partition("    ### END")[0]
    text, _ = told("convolutional_block", shortcut, "")
    assert "First difference: shortcut path, convolution" in text and "this step is missing" in text


def test_of_several_operations_of_one_step_one_is_marked():
    text, _ = told("ResNet50", "range(5)", "range(6)")
    assert text.count("▶ first difference") == 1 and text.count("✓ there") == 4


def test_a_right_answer_is_celebrated_quietly(capsys):
    verdict, _, text = seen("identity_block")
    assert verdict.status == "right" and text.startswith("✓ Identity block: all steps are right.") and "hint(" not in text


# ------------------------------------------------------------------ hint and reset


def test_hints_come_one_after_another_and_begin_anew_with_another_finding(capsys):
    tutor._last.clear()
    autograder.hint("identity_block")
    assert "Run check(identity_block) first" in capsys.readouterr().out
    check(answer("identity_block", "axis_1"), folder=FOLDER)
    capsys.readouterr()
    said = []
    for _ in range(4):
        autograder.hint("identity_block")
        said.append(capsys.readouterr().out)
    assert [words[:11] for words in said] == ["Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Hint 3 of 3"]
    assert "?" in said[0] and "axis" in said[2] and "=3" not in "".join(said)
    check(answer("identity_block", "axis_1"), folder=FOLDER)
    autograder.hint(answer("identity_block", None))
    assert "Hint 3 of 3" in capsys.readouterr().out
    check(answer("identity_block", "addition_forgotten"), folder=FOLDER)
    autograder.hint("identity_block")
    assert "Hint 1 of 3" in capsys.readouterr().out
    check(answer("identity_block", None), folder=FOLDER)
    capsys.readouterr()
    autograder.hint("identity_block")
    assert "needs no hint" in capsys.readouterr().out


def test_reset_brings_back_what_was_handed_out(capsys):
    release = nbformat.read(ROOT / "release" / "residual_networks" / "residual_networks.ipynb", as_version=4)
    handed_out = next(c.source for c in release.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "resnet50")
    autograder.reset("ResNet50", folder=FOLDER)
    assert capsys.readouterr().out.strip() == handed_out.strip()
    with pytest.raises(ExerciseError, match="identity_block"):
        autograder.reset("identity_blok", folder=FOLDER)


# ------------------------------------------------------------------ the page of mistakes


def test_every_named_mistake_is_on_the_page_and_nothing_of_the_solution():
    page = mistakes.PAGE.read_text()
    for name in EXERCISES:
        for mistake in exercise_of(name).mistakes:
            assert f"{exercise_of(name).title}: {mistake.name}\n" in page
    pictures = [path.read_text() for path in (mistakes.PAGE.parent / "mistakes").glob("*.svg")]
    assert pictures and not [text for text in pictures if "…</text>" in text], "cut off"
    assert len(secret_lines()) > 15
    assert not [line for line in secret_lines() for text in (page, *pictures) if line in text]


@pytest.mark.nightly
def test_the_page_shows_what_check_shows_today():
    for path, text in mistakes.page().items():
        assert path.exists() and path.read_text() == text, "run: python -m tools.mistakes"
