"""How long `check` takes in a notebook, once TensorFlow is loaded: the solution of each exercise, three times.

Run as `python -m benchmarks.check_time` in the repository's root.
"""

import contextlib
import io
import time

from autograder.student.checks import check
from tests.helpers.answers import FOLDER, namespace
from tests.helpers.submissions import EXERCISES


def main():
    names = namespace()
    for name in EXERCISES:
        taken = []
        for _ in range(3):
            started = time.perf_counter()
            with contextlib.redirect_stdout(io.StringIO()):
                check(names[name], folder=FOLDER)
            taken.append(time.perf_counter() - started)
        print(f"{name:22} first {taken[0]:.2f} s, later {min(taken[1:]):.2f} s")


if __name__ == "__main__":
    main()
