"""How many real photographs a network gets right that has learnt from the bundled pictures alone, as the notebook trains it.

Run as `python -m benchmarks.photographs ZIP [--minutes 2] [--seeds 3] [--network small]` in the repository's root. ZIP is
your own copy of the Sign Language Digits Dataset (see data/import_signs.py). Its photographs are looked at after the
training, for nothing else.
"""

import argparse
import io
import sys
from pathlib import Path

import nbformat
import numpy as np
from PIL import Image

from autograder import load_signs, train
from autograder.student.signs import SIZE
from tests.helpers.answers import namespace
from tests.helpers.submissions import ASSIGNMENT, ROOT

sys.path.insert(0, str(ROOT / "data"))
from import_signs import photographs


def notebook():
    """The notebook's names, with its small network and its augmentation."""
    cells = nbformat.read(ROOT / "source" / ASSIGNMENT / "residual_networks.ipynb", as_version=4).cells
    sources = {c.metadata.get("nbgrader", {}).get("grade_id"): c.source for c in cells}
    return namespace(sources["small_network"].split("\n\n\nsmall = ")[0], sources["augmentation"].split("\n\nfigure")[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("zip", type=Path)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--network", choices=["small", "ResNet50"], default="small")
    options = parser.parse_args()
    found = [
        (np.asarray(Image.open(io.BytesIO(read())).convert("RGB").resize((SIZE, SIZE), Image.BICUBIC)), digit)
        for _, digit, read in photographs(options.zip)
    ]
    photos, shown = np.stack([p for p, _ in found]) / np.float32(255), np.array([digit for _, digit in found])
    X_train, y_train, X_test, y_test = load_signs()
    for seed in range(options.seeds):
        names = notebook()
        names["keras"].utils.set_random_seed(seed)
        model = names["small_network" if options.network == "small" else "ResNet50"]()
        epochs = train(model, X_train, y_train, minutes=options.minutes, augment=names["augment"], seed=seed)
        right, tested = (model.predict(X, verbose=0).argmax(axis=1) == y for X, y in ((photos, shown), (X_test, y_test)))
        each = ", ".join(f"{digit}: {right[shown == digit].mean():.2f}" for digit in range(6))
        print(
            f"seed {seed}: {len(epochs)} epochs, bundled test pictures {tested.mean():.2f}, {len(photos)} photographs "
            f"{right.mean():.2f} ({each})",
            flush=True,
        )


if __name__ == "__main__":
    main()
