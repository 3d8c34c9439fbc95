"""The notebook's full training path: ResNet-50 and the small network on one or more sets of pictures, with the curves.

Run as `python -m benchmarks.training [--minutes 10] [--out docs/training.svg] NAME=FOLDER ...` in the repository's root,
for example `bundled=data photographs=/tmp/photographs` (make the latter with
`python data/import_signs.py DOWNLOAD --folder ...`).
"""

import argparse
import json
import time
from pathlib import Path

import matplotlib
import nbformat
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from autograder import load_signs, train
from tests.helpers.answers import namespace
from tests.helpers.submissions import ASSIGNMENT, ROOT


def nearest_neighbour(X_train, y_train, X_test, y_test):
    """Test accuracy of the most similar training picture, in grey at 16x16 pixels."""

    def grey(X):
        return X.mean(axis=-1).reshape(len(X), 16, 4, 16, 4).mean(axis=(2, 4)).reshape(len(X), 256)

    distances = ((grey(X_test)[:, None] - grey(X_train)[None]) ** 2).sum(axis=-1)
    return float(np.mean(y_train[distances.argmin(axis=1)] == y_test))


def small_network():
    """The function of the notebook's section on a small network, with the solutions' blocks."""
    cells = nbformat.read(ROOT / "source" / ASSIGNMENT / "residual_networks.ipynb", as_version=4).cells
    source = next(c.source for c in cells if c.metadata.get("nbgrader", {}).get("grade_id") == "small_network")
    return namespace(source.split("\n\n\nsmall = ")[0])["small_network"]()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", metavar="NAME=FOLDER")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    figure, axes = plt.subplots(
        1, len(options.sets), figsize=(5 * len(options.sets), 3.2), layout="constrained", squeeze=False
    )
    for axis, chosen in zip(axes[0], options.sets):
        one_set(axis, *chosen.split("=", 1), options.minutes)
    if options.out:
        figure.savefig(options.out)


def one_set(axis, name, folder, most_minutes):
    """Train both networks on one set of pictures; print what they reach, and draw their epochs."""
    pictures = load_signs(folder)
    X_train, y_train, X_test, y_test = pictures
    baseline = nearest_neighbour(*pictures)
    for label, model, minutes in (
        ("small network", small_network(), 1),
        ("ResNet-50", namespace()["ResNet50"](), most_minutes),
    ):
        started = time.monotonic()
        epochs = train(model, X_train, y_train, minutes=minutes)
        taken = time.monotonic() - started
        right = float(np.mean(model.predict(X_test, verbose=0).argmax(axis=1) == y_test))
        result = {"pictures": name, "model": label, "seconds": round(taken), "epochs": len(epochs)}
        print("RESULT", json.dumps({**result, "test accuracy": right, "nearest neighbour": baseline}), flush=True)
        times, held_out = [e["seconds"] for e in epochs], [e["held_out"] for e in epochs]
        axis.plot(times, held_out, "o-", markersize=3, label=f"{label}, held out (test {right:.2f})")
    axis.axhline(baseline, color="grey", linestyle="--", label=f"nearest neighbour, test ({baseline:.2f})")
    axis.set(title=name, xlabel="seconds of training", ylabel="accuracy", ylim=(0, 1.02))
    axis.legend(fontsize=8)


if __name__ == "__main__":
    main()
