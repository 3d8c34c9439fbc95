"""The data set, its renderer and the importer."""

import subprocess
import sys

import h5py
import numpy as np
import pytest

from autograder import load_signs
from tests.helpers.submissions import ROOT

DATA = ROOT / "data"
PHOTOGRAPHS = ROOT.parent / "shared" / "data" / "sign-language-digits-0-5.zip"


def assert_layout(folder):
    for part, count in (("train", 1080), ("test", 120)):
        with h5py.File(folder / f"{part}_signs.h5") as file:
            assert file[f"{part}_set_x"].shape == (count, 64, 64, 3) and file[f"{part}_set_x"].dtype == np.uint8
            assert file[f"{part}_set_y"].shape == (count,)
            assert set(file[f"{part}_set_y"][:]) == set(range(6))
            assert list(file["list_classes"]) == list(range(6))


def test_the_bundled_pictures_have_the_layout_of_signs():
    assert_layout(DATA)


def test_loading_gives_floats_between_0_and_1_from_any_folder_below(monkeypatch):
    monkeypatch.chdir(ROOT / "release" / "residual_networks")
    X_train, _y_train, X_test, y_test = load_signs()
    assert X_train.shape == (1080, 64, 64, 3) and X_train.dtype == np.float32
    assert X_train.min() >= 0 and X_train.max() <= 1 and len(X_test) == len(y_test) == 120


def test_pictures_that_come_with_the_package_are_found_from_anywhere(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert load_signs()[2].shape == (120, 64, 64, 3)
    (tmp_path / "data").mkdir()
    for part in ("train", "test"):  # those in a folder `data` come first
        with h5py.File(tmp_path / "data" / f"{part}_signs.h5", "w") as file:
            file[f"{part}_set_x"], file[f"{part}_set_y"] = np.zeros((2, 64, 64, 3), "uint8"), [0, 1]
    assert load_signs()[2].shape == (2, 64, 64, 3)


def test_missing_pictures_are_named_with_the_remedy(monkeypatch, tmp_path):
    with pytest.raises(FileNotFoundError, match="not found in nowhere"):
        load_signs("nowhere")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("autograder.student.signs.OWN", [])
    with pytest.raises(FileNotFoundError, match="Install the package again"):
        load_signs()


def test_the_renderer_draws_the_same_pictures_again():
    sys.path.insert(0, str(DATA))
    from render_hands import make_set

    pictures, digits = make_set(2016, 2, 1)
    assert len(digits) == 12 and sorted(digits) == sorted(list(range(6)) * 2)
    again, _ = make_set(2016, 2, 1)
    np.testing.assert_array_equal(pictures, again)


def run_import(*arguments):
    return subprocess.run([sys.executable, DATA / "import_signs.py", *map(str, arguments)], capture_output=True, text=True)


def test_photographs_are_imported_with_persons_apart(tmp_path):
    if not PHOTOGRAPHS.exists():
        pytest.skip(f"needs {PHOTOGRAPHS.name} beside the project")
    assert run_import(PHOTOGRAPHS, "--folder", tmp_path).returncode == 0
    assert_layout(tmp_path)
    assert run_import(tmp_path, "--folder", tmp_path / "again").returncode == 0  # the layout of SIGNS itself
    assert_layout(tmp_path / "again")


def test_unusable_downloads_are_named_with_the_remedy(tmp_path):
    (tmp_path / "empty.zip").write_bytes(b"")
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "train_signs.h5").write_bytes(b"no HDF5")
    for path, words in (
        (tmp_path / "nowhere", "does not exist"),
        (tmp_path / "empty.zip", "not a zip file"),
        (tmp_path, "no JPEG files in a folder called 0"),
        (tmp_path / "half", "Was the download complete"),
    ):
        run = run_import(path)
        assert run.returncode == 1 and words in run.stderr and "Traceback" not in run.stderr
