"""Training, own pictures, and what is said about the place where a student works."""

import subprocess
import sys
import types

import keras
import nbformat
import numpy as np
import pytest
from PIL import Image

import autograder
from autograder.student import environment, training
from tests.helpers.submissions import ROOT


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
    monkeypatch.setattr(environment, "get_ipython", lambda: types.SimpleNamespace(starting_dir=tmp_path))
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
    hide = "import sys, types; sys.modules['tensorflow'] = None\nshell = types.SimpleNamespace(starting_dir='.')\n"
    for path in sorted((ROOT / "source" / "residual_networks").glob("*.ipynb")):
        cell = next(
            c
            for c in nbformat.read(path, as_version=4).cells
            if c.metadata.get("nbgrader", {}).get("grade_id") == "packages"
        )
        program = (
            hide + "from autograder.student import environment\nenvironment.get_ipython = lambda: shell\n" + cell.source
        )
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
    clock.now += 50
    watch.on_train_batch_end(7, {"accuracy": 0.5})
    assert not watch.model.stop_training
    clock.now += 5
    watch.on_train_batch_end(8, {"accuracy": 0.5})
    assert watch.model.stop_training
