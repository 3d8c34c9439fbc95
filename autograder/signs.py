"""Load hand-sign pictures in the layout of the SIGNS files."""
from pathlib import Path

import h5py
import numpy as np


def load_signs(folder=None):
    """The hand-sign pictures, split into a training and a test set.

    folder: where train_signs.h5 and test_signs.h5 lie; by default `data` here or in a folder above.
    Returns X_train, y_train, X_test, y_test: pictures as float32 in 0..1 of shape (n, 64, 64, 3), and
    the number of raised fingers as int64 of shape (n,).
    Raises FileNotFoundError, which says where the files were looked for.
    """
    here = Path.cwd()
    places = [Path(folder)] if folder else [parent / "data" for parent in (here, *here.parents)]
    found = next((place for place in places if (place / "train_signs.h5").exists()), None)
    if found is None:
        raise FileNotFoundError(f"train_signs.h5 was not found in {places[0]}" + ("" if folder else (
            " nor in a folder `data` above it. Copy the course's folder `data` beside your notebook.")))
    arrays = []
    for part in ("train", "test"):
        with h5py.File(found / f"{part}_signs.h5") as file:
            arrays += [file[f"{part}_set_x"][:] / np.float32(255), file[f"{part}_set_y"][:].astype("int64")]
    return tuple(arrays)
