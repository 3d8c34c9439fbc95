"""How speed has changed: `benchmarks.throughput --record` adds its ratios to history.csv, and `python -m benchmarks.history`
draws docs/speed.svg from it."""

import csv
import datetime
import os
import platform
import subprocess
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from tests.helpers.submissions import ROOT

HISTORY, PICTURE = Path(__file__).with_name("history.csv"), ROOT / "docs" / "speed.svg"
COLUMNS = ("date", "commit", "machine", "figure", "value")


def add(figures):
    """Add figures of today, {what: ratio}, with the commit and the machine on which they were measured."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), platform.machine())
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    machine = f"{len(os.sched_getaffinity(0))} x {model}"
    with open(HISTORY, "a", newline="", encoding="utf-8") as file:
        for figure, value in figures.items():
            csv.writer(file).writerow([datetime.date.today(), commit, machine, figure, f"{value:.2f}"])


def read():
    """{figure: {(date, commit): value}}, in the order of the file."""
    found = {}
    with open(HISTORY, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file, COLUMNS):
            found.setdefault(row["figure"], {})[row["date"], row["commit"]] = float(row["value"])
    return found


def draw(figures):
    """docs/speed.svg: a small plot for each figure, from the first run to the last."""
    runs = list(dict.fromkeys(run for values in figures.values() for run in values))
    plt.rcParams["svg.hashsalt"] = "speed"  # the same file from the same figures
    picture, axes = plt.subplots(len(figures), 1, figsize=(8, 1.6 * len(figures)), sharex=True, layout="constrained")
    for axis, (figure, values) in zip(axes, figures.items()):
        axis.plot([runs.index(run) for run in values], list(values.values()), "o-", color="#0b5cad")
        axis.set_title(figure, fontsize=9, loc="left")
        axis.set_ylim(0, 1.2 * max(values.values()))
    axes[-1].set_xticks(range(len(runs)), [f"{date}\n{commit}" for date, commit in runs], fontsize=8)
    picture.savefig(PICTURE, metadata={"Date": None})


if __name__ == "__main__":
    draw(read())
    print(f"wrote {PICTURE.relative_to(ROOT)}")
