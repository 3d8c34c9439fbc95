"""Does one submission always get one verdict, and does grading leave nothing behind, however long it goes on?"""

import json
import os
import subprocess
import sys

import pytest

from benchmarks.endurance import endure
from tests.helpers.submissions import ROOT

RUN = """
import hashlib, json
from pathlib import Path
from autograder.grading.judge import verdict_data
from tests.helpers.answers import exercise_of, judge_answer
for path in {files}:
    path = Path(path)
    verdicts = set()
    for _ in range({times}):
        exercise = exercise_of(path.parent.name)
        verdicts.add(json.dumps(verdict_data(exercise, judge_answer(exercise.name, path.read_text())), sort_keys=True))
    print("\\n".join(sorted(verdicts)))
"""
FILES = [
    str(ROOT / "tests" / "cases" / name)
    for name in ("gradient_norms/training_false.py", "identity_block/filters_swapped.py", "ResNet50/arguments_swapped.py")
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "times"), [("10 21", 1), pytest.param("10 11 20 21", 13, marks=pytest.mark.nightly)], ids=["some", "all"]
)
def test_one_answer_gets_one_verdict(settings, times):
    """With 1 and 2 threads, and oneDNN off and on (0, 1): each answer so many times with each setting."""
    seen = set()
    for threads, onednn in settings.split():
        run = subprocess.run(
            [sys.executable, "-c", RUN.format(files=FILES, times=times)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            env={
                **os.environ,
                "TF_NUM_INTRAOP_THREADS": threads,
                "TF_ENABLE_ONEDNN_OPTS": onednn,
                "PYTHONHASHSEED": f"{threads}{onednn}",
            },
        )
        assert run.returncode == 0, run.stderr[-2000:]
        lines = run.stdout.strip().splitlines()
        assert len(lines) == len(FILES) and all(json.loads(line)["findings"] for line in lines)
        seen.add(run.stdout)
    assert len(seen) == 1


@pytest.mark.slow
@pytest.mark.parametrize("times", [6, pytest.param(40, marks=pytest.mark.nightly)])
def test_many_gradings_by_one_warm_parent_leave_nothing_behind(monkeypatch, times):
    """`python -m benchmarks.endurance` does 500."""
    monkeypatch.chdir(ROOT)
    found = endure(times)
    assert found["scores"] == {5.0}
    assert found["processes"][1] <= found["processes"][0]
    assert found["MB"][1] < 1.05 * found["MB"][0]
    assert found["idle kernel MB"] < 60
