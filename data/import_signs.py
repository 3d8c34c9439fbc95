"""Bring real hand-sign pictures into the layout of the bundled ones: `python data/import_signs.py DOWNLOAD`.

DOWNLOAD is your own copy of one of these:
  - the Sign Language Digits Dataset (A. Mavi 2020, arXiv:2011.08927, Apache-2.0): its zip file or folder, with one
    folder of JPEG files for each digit. Its file numbers run person by person, one picture of each digit; so a new
    person begins with each picture of a 0, and no person is in both the training and the test set.
  - the SIGNS files train_signs.h5 and test_signs.h5: the folder that holds them.
The files train_signs.h5 and test_signs.h5 are written to --folder, and replace those that lie there.
"""

import argparse
import io
import re
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
from PIL import Image, UnidentifiedImageError

sys.path.insert(0, str(Path(__file__).parent))
from render_hands import SIZE, write

DIGITS = range(6)
TRAIN, TEST = 1080, 120


class CannotImport(Exception):
    """What is wrong with a download, and how to mend it."""


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("download", type=Path)
    parser.add_argument("--folder", type=Path, default=Path(__file__).parent, help="where to write (default: data/)")
    options = parser.parse_args(arguments)
    try:
        train, test = read_download(options.download)
        options.folder.mkdir(parents=True, exist_ok=True)
    except CannotImport as error:
        print(f"import_signs: {error}", file=sys.stderr)
        return 1
    write(options.folder, "train", *train)
    write(options.folder, "test", *test)
    print(f"wrote {len(train[1])} + {len(test[1])} pictures to {options.folder}")
    return 0


def read_download(path):
    """(pictures, digits) of the training and of the test set. Raises CannotImport."""
    if not path.exists():
        raise CannotImport(f"{path} does not exist. Name the zip file or the folder that you downloaded.")
    if path.is_dir() and (path / "train_signs.h5").exists():
        return tuple(read_signs_file(path / f"{part}_signs.h5", part) for part in ("train", "test"))
    if path.suffix == ".h5":
        raise CannotImport(f"{path.name} is one file of two. Name the folder that holds train_signs.h5 and test_signs.h5.")
    return split_by_person(sorted(photographs(path), key=lambda file: file[:2]))


def read_signs_file(path, part):
    if not path.exists():
        raise CannotImport(f"{path} is missing: the SIGNS data set has two files, train_signs.h5 and test_signs.h5.")
    try:
        with h5py.File(path) as file:
            pictures, digits = file[f"{part}_set_x"][:], file[f"{part}_set_y"][:]
    except KeyError as error:
        raise CannotImport(f"{path} lacks {part}_set_x or {part}_set_y: is it a file of the SIGNS data set?") from error
    except OSError as error:
        raise CannotImport(f"{path} is not a readable HDF5 file. Was the download complete?") from error
    digits = digits.reshape(-1).astype("int64")
    if pictures.dtype != np.uint8 or pictures.shape != (len(digits), SIZE, SIZE, 3):
        raise CannotImport(f"{path}: the pictures are {pictures.dtype} {pictures.shape}, not uint8 (n, {SIZE}, {SIZE}, 3)")
    if not set(digits) <= set(DIGITS):
        raise CannotImport(f"{path}: there are other classes than 0 to 5")
    return pictures, digits


def photographs(path):
    """(file number, digit, function that gives the file's bytes) of each JPEG in a folder called 0 to 5."""
    try:
        if path.is_dir():
            files = [(p.relative_to(path).as_posix(), p.read_bytes) for p in path.rglob("*")]
        else:
            archive = zipfile.ZipFile(path)
            files = [(name, lambda name=name: archive.read(name)) for name in archive.namelist()]
    except zipfile.BadZipFile as error:
        raise CannotImport(f"{path} is not a zip file. Was the download complete?") from error
    found = []
    for name, read in files:
        match = re.search(r"(?:^|/)([0-5])/[^/]*?(\d+)\.jpe?g$", name, re.IGNORECASE)
        if match:
            found.append((int(match[2]), int(match[1]), read))
    missing = set(DIGITS) - {digit for _, digit, _ in found}
    if missing:
        raise CannotImport(
            f"{path} holds no JPEG files in a folder called {sorted(missing)[0]}. Expected: one folder "
            "for each digit, as in the Sign Language Digits Dataset, with files such as 0/IMG_1118.JPG."
        )
    return found


def split_by_person(files):
    """Training and test set of the sorted files of `photographs`, whole persons on one side only."""
    if len(files) < TRAIN + TEST:
        raise CannotImport(
            f"there are {len(files)} pictures of the digits 0 to 5, and {TRAIN + TEST} are needed. "
            "Was the download complete?"
        )
    starts = [k for k, (_, digit, _) in enumerate(files) if digit == 0]
    cut = max(start for start in starts if len(files) - start >= TEST)  # the test set begins with a person
    if cut < TRAIN:
        raise CannotImport(f"the persons can't be kept apart: {cut} pictures are left for training, not {TRAIN}")
    return tuple(read_pictures(part) for part in (files[:TRAIN], files[cut : cut + TEST]))


def read_pictures(files):
    pictures = []
    for number, digit, read in files:
        try:
            picture = Image.open(io.BytesIO(read())).convert("RGB").resize((SIZE, SIZE), Image.LANCZOS)
        except (UnidentifiedImageError, OSError) as error:
            raise CannotImport(f"picture {number} of the digit {digit} cannot be read: {error}") from error
        pictures.append(np.asarray(picture))
    return np.array(pictures), np.array([digit for _, digit, _ in files], dtype="int64")


if __name__ == "__main__":
    sys.exit(main())
