"""What judging costs when answers repeat: 1,000 submissions of which 30 answers are distinct, against the 30 alone.

Run as `python -m benchmarks.judge_cost` in the repository's root.
"""

import tempfile
import time
from pathlib import Path

from nbformat.v4 import new_code_cell, new_notebook, new_output
from traitlets.config import Config

from autograder.grading.execute import RUN
from autograder.grading.judge import Judge
from autograder.model.blueprint import HAND_IN
from tests.helpers.answers import exercise_of, run_answer
from tests.helpers.submissions import ASSIGNMENT, ROOT

EXERCISE = "identity_block"


def graded_notebook(text):
    cell = new_code_cell("", metadata={"nbgrader": {"grade": True, "grade_id": f"test_{EXERCISE}", "points": 10}})
    cell.outputs = [new_output("display_data", {HAND_IN: text})]
    return new_notebook(cells=[cell])


def seconds(texts, folder):
    """To judge these hand-ins with an empty memory of verdicts."""
    settings = {"CourseDirectory": {"root": str(ROOT)}, "Judge": {"verdicts": str(Path(folder) / "verdicts.db")}}
    judge = Judge(config=Config(settings))
    notebooks = [graded_notebook(text) for text in texts]
    started = time.perf_counter()
    for notebook in notebooks:
        judge.preprocess(notebook, {"nbgrader": {"assignment": ASSIGNMENT}, RUN: True})
    return time.perf_counter() - started


def main():
    exercise = exercise_of(EXERCISE)
    texts = []
    for path in sorted((ROOT / "tests" / "cases" / EXERCISE).glob("*.py")):
        if len(texts) < 30:
            texts.append(run_answer(exercise, path.read_text()))
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as few, tempfile.TemporaryDirectory() as many:
        seconds(texts, first)  # reads the exercise and fills caches other than that of verdicts
        distinct = seconds(texts, few)
        repeated = seconds([texts[i % len(texts)] for i in range(1000)], many)
    print(
        f"{len(texts)} distinct answers: {distinct:.2f} s; 1,000 submissions of them: {repeated:.2f} s; "
        f"ratio {repeated / distinct:.2f}"
    )


if __name__ == "__main__":
    main()
