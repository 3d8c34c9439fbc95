"""The best attempt counts where the course says so: it is put back, and graded, when a later one has fewer points."""

import datetime
import logging
import shutil

import pytest
from nbgrader.api import Gradebook

from autograder.grading.attempts import BestAttempts
from tests.helpers.commands import run_module
from tests.helpers.grader import SOLUTION, WRONG, run
from tests.helpers.submissions import OPTIONAL, new_course, write_submission

pytestmark = pytest.mark.slow
BEST = "\nc.SubmissionExporter.attempts = 'best'\n"
PROGRAMS = [["nbgrader", "autograde", OPTIONAL], ["autograder", "grade", OPTIONAL, "--verbose"]]


def submit(course, cells, time, student="anna"):
    folder = write_submission(course, student, cells, OPTIONAL)
    (folder / "timestamp.txt").write_text(time)


def counts(course, student="anna"):
    """A student's points, and the time of the submission that lies there and that the gradebook knows."""
    lies = (course / "submitted" / student / OPTIONAL / "timestamp.txt").read_text()
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        submission = gradebook.find_submission(OPTIONAL, student)
        assert lies.startswith(f"{submission.timestamp:%Y-%m-%d %H:%M}")
        return submission.score - submission.late_submission_penalty, lies


@pytest.mark.parametrize("program", PROGRAMS, ids=["nbgrader", "class"])
def test_a_later_attempt_with_fewer_points_does_not_count(generated, tmp_path, program):
    course = new_course(generated, tmp_path / "course", BEST, only=OPTIONAL)
    submit(course, {}, "2026-11-01 10:00")
    submit(course, SOLUTION, "2026-11-01 10:00", "bert")
    run(course, *program)
    assert counts(course) == (0, "2026-11-01 10:00")
    submit(course, SOLUTION, "2026-11-02 10:00")
    run(course, *program)
    assert counts(course) == (10, "2026-11-02 10:00")

    submit(course, WRONG, "2026-11-03 10:00")
    said = run(course, *program)
    assert "anna has" in said and "for an earlier one, which counts" in said
    assert counts(course) == (10, "2026-11-02 10:00") and counts(course, "bert") == (10, "2026-11-01 10:00")
    feedback = course / "feedback" / "anna" / OPTIONAL / f"{OPTIONAL}.html"
    run(course, "nbgrader", "generate_feedback", OPTIONAL, "--student=anna")
    assert "10 of 10 points" in feedback.read_text()

    # It is collected once more, as the newest that is in the exchange: that it has fewer points is known.
    submit(course, WRONG, "2026-11-03 10:00")
    said = run(course, *program)
    assert "for an earlier one" not in said and counts(course) == (10, "2026-11-02 10:00")
    # What is right in another way, and has as many points, is the newer one.
    submit(course, {OPTIONAL: f"# again\n{SOLUTION[OPTIONAL]}"}, "2026-11-04 10:00")
    run(course, *program)
    assert counts(course) == (10, "2026-11-04 10:00")
    assert not list((course / "submitted").rglob("*.old")) and not list((course / "submitted").rglob("*.unfinished"))


def test_a_late_penalty_is_deducted_before_attempts_are_compared(generated, tmp_path):
    course = new_course(generated, tmp_path / "course", BEST, only=OPTIONAL)
    penalty = "from nbgrader.plugins import BasePlugin\n\nclass Late(BasePlugin):\n"
    penalty += "    def late_submission_penalty(self, student_id, score, total_seconds_late):\n        return 4\n"
    (course / "late_policy.py").write_text(penalty)
    with open(course / "nbgrader_config.py", "a") as file:
        file.write("import sys\nsys.path.insert(0, '.')\nc.AssignLatePenalties.plugin_class = 'late_policy.Late'\n")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.update_or_create_assignment(OPTIONAL, duedate=datetime.datetime(2026, 11, 2))
    submit(course, WRONG, "2026-11-01 10:00")
    run(course, "autograder", "grade", OPTIONAL)
    early, _ = counts(course)
    assert early < 6
    submit(course, SOLUTION, "2026-11-03 10:00")
    run(course, "autograder", "grade", OPTIONAL)
    assert counts(course) == (6, "2026-11-03 10:00")
    shutil.rmtree(course / "submitted" / "anna" / f".{OPTIONAL}.attempts")  # as it is said to forget what came before
    submit(course, SOLUTION, "2026-11-01 12:00")
    run(course, "autograder", "grade", OPTIONAL)
    submit(course, SOLUTION, "2026-11-03 12:00")
    run(course, "autograder", "grade", OPTIONAL)
    assert counts(course) == (10, "2026-11-01 12:00")


def test_the_latest_counts_by_default(generated, tmp_path):
    course = new_course(generated, tmp_path / "course", only=OPTIONAL)
    submit(course, SOLUTION, "2026-11-01 10:00")
    run(course, "autograder", "grade", OPTIONAL)
    submit(course, {}, "2026-11-02 10:00")
    run(course, "autograder", "grade", OPTIONAL)
    assert counts(course) == (0, "2026-11-02 10:00")
    assert not list((course / "submitted").glob("*/.*"))


@pytest.mark.parametrize("killed", ["before", "between"])
def test_what_was_killed_while_it_put_one_back_is_mended(tmp_path, killed):
    here = tmp_path / "anna" / "homework"
    here.mkdir(parents=True)
    (here / "homework.ipynb").write_text("best")
    attempts = BestAttempts(tmp_path, "homework", logging.getLogger())
    attempts.graded("anna", 3.0)
    (here / "homework.ipynb").write_text("worse")
    if killed == "between":  # the moves of one folder away and of the other in its place
        here.rename(here.with_name(".homework.old"))
    else:
        shutil.copytree(here, here.with_name(".homework.unfinished"))
        attempts.graded("anna", 2.0)
        (here / "homework.ipynb").write_text("worse")
    attempts.prepare()
    assert (here / "homework.ipynb").read_text() == "best"
    assert sorted(path.name for path in here.parent.iterdir()) == [".homework.attempts", "homework"]


def test_a_submission_that_was_removed_does_not_come_back(tmp_path):
    here = tmp_path / "anna" / "homework"
    here.mkdir(parents=True)
    (here / "homework.ipynb").write_text("best")
    attempts = BestAttempts(tmp_path, "homework", logging.getLogger())
    attempts.graded("anna", 3.0)
    shutil.rmtree(here)
    attempts.prepare()
    assert not here.exists()


def test_another_word_for_it_is_refused(generated, tmp_path):
    course = new_course(generated, tmp_path / "course", BEST.replace("best", "bets"), only=OPTIONAL)
    submit(course, SOLUTION, "2026-11-01 10:00")
    done = run_module(PROGRAMS[0], course)
    assert done.returncode and "'latest'" in done.stdout and "'best'" in done.stdout
