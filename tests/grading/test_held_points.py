"""What the machine could not judge, or not within the grader's own limits, is held for a person, and everybody is told."""

import json

import pytest
from nbgrader.api import Gradebook

from autograder.grading.helper import OWN_LIMIT
from tests.helpers.grader import run
from tests.helpers.submissions import OPTIONAL, new_course, solution_cells, write_submission
from tests.helpers.verdicts import read_verdicts

pytestmark = pytest.mark.slow

UNKNOWN = f"""
class Mystery(keras.layers.Layer):
    def call(self, X):
        return keras.ops.fft2((X, X))[0]

def {OPTIONAL}(X, f, filters, initializer=glorot_uniform):
    return Mystery()(X)
"""
SAYS = "points held for the instructor: the machine cannot judge this operation"


@pytest.fixture(scope="module", params=["nbgrader", "class"])
def held(request, generated, tmp_path_factory):
    """A class graded with less memory for reading than one submission needs, and what the command said."""
    course = new_course(generated, tmp_path_factory.mktemp("held") / "course", "c.Helper.memory = 100\n")
    write_submission(course, "good", solution_cells(OPTIONAL), OPTIONAL)
    write_submission(course, "unknown", {OPTIONAL: UNKNOWN}, OPTIONAL)
    for path in write_submission(course, "large", solution_cells(OPTIONAL), OPTIONAL).glob("*.ipynb"):
        content = json.loads(path.read_text())
        content["metadata"]["x"] = "é\U0001f600" + "x" * 25_000_000
        path.write_text(json.dumps(content, ensure_ascii=False))
    command = ["nbgrader", "autograde"] if request.param == "nbgrader" else ["autograder", "grade"]
    done = run(course, *command, OPTIONAL)
    return course, done


def test_held_points_need_a_person_s_grade(held):
    course, _ = held
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        grades = {
            student: gradebook.find_grade(f"test_{OPTIONAL}", OPTIONAL, OPTIONAL, student)
            for student in ("good", "unknown", "large")
        }
        assert {name: (grade.auto_score, grade.needs_manual_grade) for name, grade in grades.items()} == {
            "good": (10, False),
            "unknown": (0, True),
            "large": (0, True),
        }
    verdicts = {student: read_verdicts(course, student, OPTIONAL)[OPTIONAL] for student in grades}
    assert (verdicts["unknown"]["status"], verdicts["unknown"]["held"]) == ("not judged", 10)
    assert (verdicts["large"]["status"], verdicts["large"]["held"]) == ("grader limit", 10)


def test_held_points_are_told_to_instructor_and_student(held):
    course, said = held
    assert f"10 {SAYS}" in said and "the grader could not judge this" in said
    assert f"{OWN_LIMIT} (it took more than 100 MB of memory)" in said
    run(course, "nbgrader", "generate_feedback", OPTIONAL)
    page = (course / "feedback" / "unknown" / OPTIONAL / f"{OPTIONAL}.html").read_text(encoding="utf-8")
    assert f"10 {SAYS}" in page
    run(course, "autograder", "report", OPTIONAL)
    report = (course / f"{OPTIONAL}_report.html").read_text(encoding="utf-8")
    assert f"10 {SAYS}" in report and "the grader could not judge this" in report and "grader limit" in report
