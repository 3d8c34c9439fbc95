"""`python -m autograder grade --watch` grades what comes in."""

import signal
import sys

import pytest

from tests.helpers.grader import SOLUTION, WRONG, Running, run, scores
from tests.helpers.submissions import OPTIONAL, new_course, write_submission

pytestmark = pytest.mark.slow


def test_what_is_submitted_or_changed_is_graded_until_ctrl_c(generated, tmp_path):
    course = new_course(generated, tmp_path / "course", only=OPTIONAL)
    write_submission(course, "anna", WRONG, OPTIONAL)
    watching = Running(course, [sys.executable, "-m", "autograder", "grade", OPTIONAL, "--watch"])
    watching.says("Waiting for what is submitted")
    assert scores(course)["anna"][0] < 10
    write_submission(course, "berta", SOLUTION, OPTIONAL)
    watching.until(lambda: scores(course).get("berta") == [10])
    write_submission(course, "anna", SOLUTION, OPTIONAL)
    watching.until(lambda: scores(course)["anna"] == [10])
    watching.says("graded 1, skipped 1", times=2)
    watching.process.send_signal(signal.SIGINT)
    log = watching.end()
    assert watching.process.returncode == 0 and "Traceback" not in log and log.rstrip().endswith("Stopped."), log


def test_watching_goes_with_one_assignment(generated):
    said = run(generated, "autograder", "grade", "--all", "--watch", status=1)
    assert "--watch goes with one assignment" in said
