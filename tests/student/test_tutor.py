"""What students see of `check`, `hint`, `reset` and the other things that the notebooks import."""

import base64
import itertools
import linecache
import re
import subprocess
import sys
from html.parser import HTMLParser

import keras
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

import autograder
from autograder.model import drawing
from autograder.model.exercise import ExerciseError
from autograder.student import environment, training, tutor
from autograder.student.checks import check, judge_public_cases
from tests.helpers.answers import FOLDER, exercise_of, namespace, read_case
from tests.helpers.submissions import ASSIGNMENTS, EXERCISES, ROOT, solution_cells
from tools import mistakes


def answer(name, case):
    """A function from tests/cases, or the solution, as a notebook would define it."""
    names = namespace()
    if case:
        path = ROOT / "tests" / "cases" / name / f"{case}.py"
        exec(compile(read_case(path)[1], str(path), "exec"), names)
    return names[name]


def seen(name, case=None):
    """The Verdict, the page and the text that `check` shows for an answer."""
    exercise, function = exercise_of(name), answer(name, case)
    verdict, rows = judge_public_cases(exercise, function, FOLDER)
    code = tutor.student_lines(verdict, function, rows)
    return verdict, tutor.as_html(exercise, verdict, rows, code), tutor.as_text(exercise, verdict, rows, code)


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


def test_table_and_drawing_show_the_case_that_the_words_speak_of():
    exercise, names = exercise_of("identity_block"), namespace()
    fixed = solution_cells()["identity_block"].replace("def identity_block(X, f,", "def identity_block(X, f_,")
    exec(fixed.replace("F2, (f, f)", "F2, (3, 3)").replace("F2, f,", "F2, 3,").replace("f_,", "f,"), names)
    verdict, rows = judge_public_cases(exercise, names["identity_block"], FOLDER)
    assert verdict.findings[0].codes[0] == "setting:conv2.kernel_size"
    row = next(row for row in rows if row.step.id == "conv2")
    assert "f=2" in rows.of and row.shape in [node.shape for node in rows.own.reference.nodes]
    svg = tutor.draw(exercise, verdict, rows)[0].svg
    assert "kernel size 2x2" in svg and "kernel size 3x3" in svg
    assert "f=2" in tutor.as_html(exercise, verdict, rows)


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
        ("X = Conv2D(F1, stride=2, kernel_size=1)(X)", "name that the layer does not know"),
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
    files = mistakes.page()
    for path, text in files.items():
        assert path.exists() and path.read_text() == text, "run: python -m tools.mistakes"
    page = files[mistakes.PAGE]
    for name in EXERCISES:
        for mistake in exercise_of(name).mistakes:
            assert f"{exercise_of(name).title}: {mistake.name}\n" in page
    assert len(secret_lines()) > 15
    assert not [line for line in secret_lines() for text in files.values() if line in text]


# ------------------------------------------------------------------ own pictures, training, workplace


def test_any_photo_becomes_what_the_network_sees(tmp_path):
    photo = np.zeros((600, 900, 3), np.uint8)
    photo[:, :450] = 255  # the left half is white
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the phone upright: turn it by 90 degrees clockwise
    Image.fromarray(photo).save(tmp_path / "phone.jpg", exif=exif)
    picture = autograder.load_picture(tmp_path / "phone.jpg")
    assert picture.shape == (64, 64, 3) and picture.dtype == np.float32 and 0 <= picture.min() <= picture.max() <= 1
    assert picture[5].mean() > 0.9 and picture[-5].mean() < 0.1  # the white half is at the top now
    Image.fromarray(np.zeros((80, 80, 4), np.uint8)).save(tmp_path / "clear.png")
    assert autograder.load_picture(tmp_path / "clear.png").min() == 1
    Image.fromarray(np.full((64, 100), 128, np.uint8)).save(tmp_path / "grey.png")
    assert np.allclose(autograder.load_picture(tmp_path / "grey.png"), 128 / 255)
    Image.fromarray(np.full((64, 100), 257 * 64, np.uint16)).save(tmp_path / "16_bits.png")
    assert np.allclose(autograder.load_picture(tmp_path / "16_bits.png"), 64 / 255)
    Image.new("L", (10_000, 9_100)).save(tmp_path / "91_megapixels.jpg")  # pytest makes an error of a warning
    assert autograder.load_picture(tmp_path / "91_megapixels.jpg").max() == 0


def test_a_picture_that_is_not_there_or_none_is_explained(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="Upload your picture"):
        autograder.load_picture("hand.jpg")
    (tmp_path / "hand.heic").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match=r"HEIC photo, .* Save it as JPEG"):
        autograder.load_picture("hand.heic")
    (tmp_path / "hand.png").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="JPEG or PNG"):
        autograder.load_picture("hand.png")


def small_model(units=4):
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(units, 3),
            keras.layers.BatchNormalization(),
            keras.layers.Flatten(),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )


def test_training_can_be_stopped_and_goes_on_from_the_best_weights(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    X = np.random.default_rng(0).normal(size=(200, 8, 8, 1)).astype("float32")
    y = (X.mean(axis=(1, 2, 3)) > 0).astype(int)
    model = small_model()
    monkeypatch.setattr(
        autograder.student.training._Watch, "on_epoch_end", stop_after_two(autograder.student.training._Watch.on_epoch_end)
    )
    history = autograder.train(model, X, y, minutes=1, name="small")
    assert "Stopped by you" in capsys.readouterr().out and len(history) == 2
    assert all(layer.momentum == 0.9 for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization))
    other = small_model()
    autograder.load_weights(other, "small")
    assert np.allclose(model.predict(X, verbose=0), other.predict(X, verbose=0), atol=2e-3)
    with pytest.raises(ValueError, match="weights of another model"):
        autograder.load_weights(small_model(5), "small")
    with pytest.raises(FileNotFoundError, match="Train a model"):
        autograder.load_weights(model, "large")
    assert [path.name for path in (tmp_path / "weights").iterdir()] == ["small.npz"]


def stop_after_two(function):
    def on_epoch_end(self, epoch, logs=None):
        function(self, epoch, logs)
        if epoch == 1:
            raise KeyboardInterrupt

    return on_epoch_end


def test_what_is_missing_at_the_workplace_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    autograder.check_workplace()
    assert capsys.readouterr().out == ""  # no notebook
    monkeypatch.setattr(environment, "get_ipython", lambda: "a notebook")
    monkeypatch.setattr("autograder.student.signs.OWN", [])
    autograder.check_workplace()
    said = capsys.readouterr().out
    assert "✗ The folder `exercises` is not in" in said and "✗ train_signs.h5 was not found" in said
    monkeypatch.chdir(ROOT / "release" / "residual_networks")
    autograder.check_workplace()
    assert capsys.readouterr().out.startswith("✓ Python 3")


@pytest.mark.slow
def test_a_missing_tensorflow_is_said_before_anything_fails(tmp_path):
    """The first cell of both notebooks, in a process that cannot import TensorFlow."""
    hide = "import sys; sys.modules['tensorflow'] = None\n"
    for path in sorted((ROOT / "source" / "residual_networks").glob("*.ipynb")):
        cell = next(
            c
            for c in nbformat.read(path, as_version=4).cells
            if c.metadata.get("nbgrader", {}).get("grade_id") == "packages"
        )
        program = hide + "from autograder.student import environment\nenvironment.get_ipython = lambda: 1\n" + cell.source
        done = subprocess.run([sys.executable, "-c", program], cwd=path.parent, capture_output=True, text=True)
        assert done.stdout.startswith("Something is missing:\n✗ tensorflow is not installed. Run in a cell: %pip install")
        assert "keras is not" not in done.stdout


def test_where_no_tensorflow_exists_another_way_is_named(monkeypatch):
    monkeypatch.setattr(environment.sys, "platform", "darwin")
    monkeypatch.setattr(environment.platform, "machine", lambda: "x86_64")
    assert "Colab" in environment._why_not("tensorflow") and environment._why_not("keras") == ""


def test_minutes_count_from_the_end_of_the_first_step_and_too_few_are_said(capsys, monkeypatch):
    class Clock:
        now = 0.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(training, "time", clock)
    watch = training._Watch(60, 1e-3, 31, "")
    watch.set_model(small_model())
    watch.model.compile(keras.optimizers.Adam())
    watch.on_train_batch_begin(0)
    clock.now += 100  # Keras compiles
    watch.on_train_batch_end(0, {"accuracy": 0.0})
    assert not watch.model.stop_training
    for batch in range(1, 7):
        clock.now += 1
        watch.on_train_batch_end(batch, {"accuracy": 0.5})
    assert capsys.readouterr().out.count("An epoch takes about 31 s here") == 1
    watch.on_test_batch_begin(0)
    clock.now += 50  # and once more
    watch.on_test_batch_end(0)
    clock.now += 50
    watch.on_train_batch_end(7, {"accuracy": 0.5})
    assert not watch.model.stop_training
    clock.now += 5
    watch.on_train_batch_end(8, {"accuracy": 0.5})
    assert watch.model.stop_training


# ------------------------------------------------------------------ the notebooks' text


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
