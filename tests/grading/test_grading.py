"""The instructor's commands, run as an instructor runs them, on the bundled class."""

import csv
import re

import pytest

from tests.helpers.commands import run_module
from tests.helpers.submissions import ASSIGNMENT, IMPATIENT, new_course, read_class
from tests.helpers.verdicts import read_verdicts
from tools import grade_class

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def course(generated, tmp_path_factory):
    """A course of its own in which the bundled class has been graded."""
    folder = new_course(generated, tmp_path_factory.mktemp("class") / "course", IMPATIENT, only=ASSIGNMENT)
    assert grade_class.main(folder) == 0
    return folder


def test_every_sample_gets_the_verdict_that_its_file_expects(course):
    for sample in read_class():
        assert not grade_class.show(sample, read_verdicts(course, f"sample_{sample.name}"))


def test_a_wrong_block_costs_nothing_in_the_network(course):
    verdicts = read_verdicts(course, "sample_dia")
    assert verdicts["identity_block"]["recorded"] < 10 and verdicts["ResNet50"]["recorded"] == 10


def test_feedback_shows_the_diagnosis_and_no_hidden_case(course):
    pages = list((course / "feedback").glob("*/*/*.html"))
    assert len(pages) == 2 * len(read_class())
    for page in pages:
        text = page.read_text()
        assert "HIDDEN" not in text and "hidden=" not in text
        assert not re.search(r"he_normal&#39;|lecun_uniform|glorot_normal", text)
    assert "padding swapped" in (course / "feedback/sample_gus" / ASSIGNMENT / "residual_networks.html").read_text()


def test_export_writes_the_scores(course):
    grade_class.nbgrader(course, "export")
    with open(course / "grades.csv") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    for sample in read_class():
        assert scores[f"sample_{sample.name}"] == sum(sample.expected.values())


def test_validate_accepts_the_solutions_and_rejects_the_stubs(course):
    def validate(folder):
        return run_module(["nbgrader", "validate", f"{folder}/residual_networks.ipynb"], course).stdout

    assert "Success" in validate(f"source/{ASSIGNMENT}")
    said = validate(f"release/{ASSIGNMENT}")
    assert "VALIDATION FAILED ON 3 CELL(S)" in said and "CheckFailed: identity_block" in said
