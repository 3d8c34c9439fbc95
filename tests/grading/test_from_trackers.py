"""What public trackers report of submissions: all of it ends as graded, repaired, not gradable or skipped, and nobody's
trouble is another one's. The inputs and their sources are in tests/helpers/tracker_inputs.py."""

import json

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.grading.pages import NOTE_ID
from tests.helpers.grader import run
from tests.helpers.submissions import OPTIONAL, new_course, write_submission
from tests.helpers.tracker_inputs import GRADED, INPUTS, NAME, NOT_GRADABLE, REPAIRED, SOLUTION

pytestmark = pytest.mark.slow
ENDS = {
    end: [student for student, (_, _, this) in INPUTS.items() if this == end] for end in (GRADED, REPAIRED, NOT_GRADABLE)
}


@pytest.fixture(scope="module")
def graded(generated, tmp_path_factory):
    """The class, graded, and what the command said."""
    settings = "\nc.Execute.timeout = 4\n"
    course = new_course(generated, tmp_path_factory.mktemp("trackers") / "course", settings, only=OPTIONAL)
    for student, (_, make, _) in INPUTS.items():
        make(write_submission(course, student, {OPTIONAL: SOLUTION}, OPTIONAL))
    return course, run(course, "autograder", "grade", OPTIONAL)


@pytest.mark.parametrize("student", INPUTS)
def test_it_ends_as_it_should(graded, student):
    """A right answer is right, whatever was done around it; what was repaired, and what cannot be graded, is said."""
    course, said = graded
    if student in ENDS[NOT_GRADABLE]:
        assert f"{student} is not gradable: " in said
        return
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        submission = gradebook.find_submission(OPTIONAL, student)
        assert submission.score == 10 and not submission.needs_manual_grade
    first = nbformat.read(course / "autograded" / student / OPTIONAL / NAME, as_version=4).cells[0]
    assert (first.id == NOTE_ID) == (student in ENDS[REPAIRED])


def test_the_summary_counts_what_came_in(graded):
    course, said = graded
    repaired, none = len(ENDS[REPAIRED]), len(ENDS[NOT_GRADABLE])
    assert len(INPUTS) >= 40
    assert f"graded {len(INPUTS) - none} ({repaired} of them repaired), not gradable {none}, skipped 0" in said
    again = run(course, "autograder", "grade", OPTIONAL)
    assert "graded 0" in again and "failed 0" in again


def test_all_who_can_be_named_are_in_feedback_and_report(graded):
    course, _ = graded
    assert "skipped 0" in run(course, "autograder", "feedback", OPTIONAL)
    run(course, "autograder", "report", OPTIONAL)
    rows = json.loads((course / f"{OPTIONAL}_report.json").read_text())["students"]
    named = {student for student in INPUTS if "\\" not in student}  # a name with a backslash is refused
    assert {row["student"] for row in rows} == named
    assert {path.parent.parent.name for path in course.glob("feedback/*/*/*.html")} == named
