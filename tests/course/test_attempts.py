"""Earlier attempts are kept, all of them are graded by one command, and the best one is put back."""

import datetime
import shutil

import pytest
from nbgrader.api import Gradebook

from autograder.course.attempts import Attempt, choose, copy_attempt
from autograder.grading.attempts import Attempts
from autograder.grading.files import open_folder
from tests.helpers.commands import run_module
from tests.helpers.grader import SOLUTION, WRONG, run
from tests.helpers.submissions import OPTIONAL, new_course, write_submission

pytestmark = pytest.mark.slow
KEEP = "\nc.SubmissionExporter.keep_attempts = True\n"
GRADE = ["autograder", "grade", OPTIONAL]
COMPARE = ["autograder", "attempts", OPTIONAL]
NEARLY = {OPTIONAL: SOLUTION[OPTIONAL].replace('Activation("relu")', 'Activation("elu")', 1)}


def submit(course, cells, time, student="anna"):
    folder = write_submission(course, student, cells, OPTIONAL)
    if time:
        (folder / "timestamp.txt").write_text(time)
    return folder


def counts(course, student="anna"):
    """A student's points, and the time that the gradebook knows."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        submission = gradebook.find_submission(OPTIONAL, student)
        return submission.score - submission.late_submission_penalty, submission.timestamp and submission.timestamp.day


@pytest.fixture(scope="module")
def compared(generated, tmp_path_factory):
    """A course in which some have submitted again: the course, what is said first, and what is said with --apply."""
    course = new_course(generated, tmp_path_factory.mktemp("attempts") / "course", KEEP, only=OPTIONAL)
    for day, cells, others in ((1, SOLUTION, {}), (2, {}, SOLUTION)):
        submit(course, cells, f"2026-11-{day:02} 10:00")
        submit(course, others, f"2026-11-{day:02} 10:00", "bert")
        (course / "submitted" / "bert" / OPTIONAL / "page.html").write_text("<p>")  # it is set aside
        submit(course, cells, "" if day == 1 else "2026-11-02 10:00", "dora")
        (course / "submitted" / "anna" / OPTIONAL / ".hidden.ipynb").write_text("{}")  # and no notebook
        if day == 1:
            submit(course, SOLUTION, "", "carl")
        run(course, *(GRADE if day == 2 else ["nbgrader", "autograde", OPTIONAL]))
    run(course, *GRADE, "--force")  # nothing new comes with it
    before = {path: path.read_bytes() for path in (course / "submitted").rglob("*") if path.is_file()}
    said = run(course, *COMPARE)
    assert before == {path: path.read_bytes() for path in (course / "submitted").rglob("*") if path.is_file()}
    assert [counts(course, name)[0] for name in ("anna", "bert", "carl", "dora")] == [0, 10, 10, 0]
    return course, said, run(course, *COMPARE, "--apply")


def test_all_attempts_are_shown_and_nothing_is_written(compared):
    _, said, _ = compared
    assert "anna: 1 (2026-11-01 10:00) 10 points; 2 (2026-11-02 10:00) 0 points\n    2 lies there, 1 is better" in said
    assert "bert: 1 (2026-11-01 10:00) 0 points; 2 (2026-11-02 10:00) 10 points\ndora: 1 (no time) 10 points; 2" in said
    assert "carl:" not in said


def test_the_best_one_is_put_back_and_graded(compared):
    course, _, said = compared
    assert "graded 2, skipped 2" in said
    assert counts(course) == (10, 1) and counts(course, "bert") == (10, 2)
    assert counts(course, "dora") == (10, None), "it does not keep the time of a later attempt"
    run(course, "nbgrader", "generate_feedback", OPTIONAL, "--student=anna")
    feedback = course / "feedback" / "anna" / OPTIONAL / f"{OPTIONAL}.html"
    assert "10 of 10 points" in feedback.read_text()


def test_what_was_not_graded_yet_is_not_replaced(compared):
    course, _, _ = compared
    submit(course, WRONG, "2026-11-05 10:00")
    said = run(course, *COMPARE, "--apply")  # it is graded then
    assert "what lies there was not graded yet" in said and counts(course) == (0, 5)
    # Points that a person has given are for the answers that lie there.
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.find_grade(f"test_{OPTIONAL}", OPTIONAL, OPTIONAL, "anna").extra_credit = 3.0
        gradebook.db.commit()
    said = run(course, *COMPARE, "--apply")
    assert "points were given by hand" in said and "is better" not in said


@pytest.mark.nightly
def test_what_attempts_are_worth_follows_deadlines(generated, tmp_path):
    course = new_course(generated, tmp_path / "course", KEEP, only=OPTIONAL)
    with open(course / "nbgrader_config.py", "a") as file:
        file.write("c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.update_or_create_assignment(OPTIONAL, duedate=datetime.datetime(2026, 11, 2))
    for cells, time in ((NEARLY, "2026-11-01 10:00"), (SOLUTION, "2026-11-03 10:00")):
        submit(course, cells, time)
        run(course, *GRADE)
    run(course, *COMPARE, "--apply")
    early, day = counts(course)
    assert 0 < early < 10 and day == 1
    with open(course / "nbgrader_config.py", "a") as file:
        file.write(f"c.SubmissionExporter.extensions = {{'{OPTIONAL}': {{'anna': 5}}}}\n")
    run(course, *COMPARE, "--apply")
    assert counts(course) == (10, 3)


def test_where_nothing_was_kept_it_is_said_how(generated, tmp_path):
    course = new_course(generated, tmp_path / "course", only=OPTIONAL)
    submit(course, SOLUTION, "2026-11-01 10:00")
    run(course, *GRADE)
    done = run_module(COMPARE, course)
    assert done.returncode == 1 and "c.SubmissionExporter.keep_attempts = True" in done.stdout
    assert not list((course / "submitted").glob("*/.*"))


def test_held_points_are_for_a_person_to_decide_about():
    held, less, more = Attempt(1, "", 0.0, held=10.0), Attempt(2, "", 9.0), Attempt(3, "", 10.0)
    assert choose([less, more]) == (3, None) and choose([more, less]) == (3, None)
    assert choose([Attempt(1, "", 10.0), Attempt(2, "", 10.0)]) == (2, None)
    for found in ([held, less], [less, held], [held, more]):
        assert choose(found)[1]
    assert choose([Attempt(1, "", 0.0, held=5.0), less]) == (2, None)
    assert "attempt 1 could not be graded" in choose([Attempt(1, ""), Attempt(2, "", 0.0)])[1]


def test_a_damaged_record_loses_no_attempt(tmp_path):
    here = tmp_path / "anna" / "homework"
    here.mkdir(parents=True)
    kept = Attempts(here)
    for text in ("one", "two"):
        (here / "homework.ipynb").write_text(text)
        with open_folder(tmp_path, "anna", "homework") as submission:
            kept.keep(submission)
            kept.keep(submission)
    for damage in ("", "null", '{"digest": null}', "[1]"):
        (kept.folder / "digests.json").write_text(damage)
        assert kept.present() is None and kept.numbers() == [1, 2]
    with open_folder(tmp_path, "anna", "homework") as submission:
        assert kept.keep(submission) == 3
    (kept.folder / "7").write_text("a stray file")
    kept.put_back(1)
    assert (here / "homework.ipynb").read_text() == "one" and kept.numbers() == [1, 2, 3]
    here.rename(here.with_name(".homework.old"))  # as where putting another one back was killed
    assert kept.present() is None and (here / "homework.ipynb").read_text() == "one"
    assert sorted(path.name for path in here.parent.iterdir()) == [".homework.attempts", "homework"]


def test_what_somebody_has_removed_or_renamed_is_no_attempt(tmp_path):
    submission, kept = tmp_path / "work", Attempts(tmp_path / "work")
    submission.mkdir()

    def keep(text):
        (submission / "a.ipynb").write_text(text)
        with open_folder(tmp_path, "work") as folder:
            return kept.keep(folder)

    assert [keep(text) for text in ("one", "two", "one")] == [1, 2, 1]
    shutil.rmtree(kept.folder / "2")
    assert [keep(text) for text in ("three", "two")] == [2, 3]
    (kept.folder / "1").rename(kept.folder / "01")
    (kept.folder / "4").symlink_to(tmp_path)
    assert kept.numbers()[:2] == [2, 3]
    assert copy_attempt(kept, 4, tmp_path / "copy").startswith("cannot be read") and not (tmp_path / "copy").exists()
