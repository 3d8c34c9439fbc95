"""Load hand-sign pictures: the course's, in the layout of the SIGNS files, and a student's own."""

import warnings
from pathlib import Path

import h5py
import numpy as np

from .environment import assignment_folder

SIZE = 64  # pixels, rows and columns
# Where the pictures lie that come with this package: in it, or beside it in a checkout.
OWN = [parent / "data" for parent in Path(__file__).parents[1:3]]
HEIC = (".heic", ".heif")  # what phones of Apple write; Pillow cannot read it
PICTURES = (".jpg", ".jpeg", ".png", ".webp", *HEIC)


def load_signs(folder=None):
    """The hand-sign pictures, split into a training and a test set.

    folder: where train_signs.h5 and test_signs.h5 lie; by default `data` here or in a folder above, or else the pictures
        that come with this package.
    Returns X_train, y_train, X_test, y_test: pictures as float32 in 0..1 of shape (n, 64, 64, 3), and
    the number of raised fingers as int64 of shape (n,).
    Raises FileNotFoundError, which says where the files were looked for.
    """
    found, arrays = find_signs(folder), []
    for part in ("train", "test"):
        with h5py.File(found / f"{part}_signs.h5") as file:
            arrays += [file[f"{part}_set_x"][:] / np.float32(255), file[f"{part}_set_y"][:].astype("int64")]
    return tuple(arrays)


def find_signs(folder=None):
    """The folder that holds the pictures. Raises FileNotFoundError."""
    here = Path(assignment_folder()).resolve()
    places = [Path(folder)] if folder else [*(parent / "data" for parent in (here, *here.parents)), *OWN]
    found = next((place for place in places if (place / "train_signs.h5").exists()), None)
    if found is None:
        raise FileNotFoundError(
            f"train_signs.h5 was not found in {places[0]}"
            + ("." if folder else ", nor in a folder `data` above it, nor in the package. Install the package again.")
        )
    return found


def load_picture(path):
    """A picture of your own as the network sees it: float32 in 0..1 of shape (64, 64, 3).

    Any size and kind that Pillow opens: a phone's photo is turned as it was taken, transparent parts become white, grey
    becomes colour, and the middle square is kept. Raises FileNotFoundError and ValueError, which say what to do.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    path = Path(path)
    if not path.is_file():
        pictures = sorted(p.name for p in path.parent.glob("*") if p.suffix.lower() in PICTURES)
        raise FileNotFoundError(
            f"There is no file {path} (looked in {Path.cwd()}). "
            + (
                f"Pictures that are there: {', '.join(pictures[:10])}."
                if pictures
                else "Upload your picture: drag it into the list of files at the left."
            )
        )
    if path.suffix.lower() in HEIC:
        raise ValueError(
            f"{path} is a HEIC photo, which cannot be read here. Save it as JPEG: on a Mac, open it in Preview and choose "
            "File, Export; on an iPhone, choose Settings, Camera, Formats, Most Compatible, and take it again."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # of 90 to 180 megapixels: phones have such
            photo = Image.open(path)
        with photo:
            photo.draft("RGB", (8 * SIZE, 8 * SIZE))  # a large JPEG need not be decoded in full
            picture = _eight_bits(ImageOps.exif_transpose(photo)).convert("RGBA")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path} cannot be read as a picture ({error}). Save it as JPEG or PNG.") from error
    white = Image.new("RGBA", picture.size, "white")
    white.alpha_composite(picture)
    return np.asarray(ImageOps.fit(white.convert("RGB"), (SIZE, SIZE)), dtype="float32") / 255


def _eight_bits(picture):
    """A picture whose grey values have 16 bits, with 8: Pillow would cut off what is above 255."""
    if not picture.mode.startswith("I"):
        return picture
    from PIL import Image

    return Image.fromarray((np.asarray(picture).clip(0, 65535) // 257).astype("uint8"))
