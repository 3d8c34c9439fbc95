"""Read what a grading run recorded: scores from nbgrader's gradebook, diagnoses from the autograded notebooks."""

from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from autograder.grading.judge import verdicts_in
from tests.helpers.submissions import ASSIGNMENT


def read_verdicts(course, student, assignment=ASSIGNMENT):
    """{exercise: verdict data}, with the score in the gradebook as "recorded"."""
    verdicts, recorded = {}, {}
    with Gradebook(f"sqlite:///{Path(course) / 'gradebook.db'}") as gradebook:
        submission = gradebook.find_submission(assignment, student)
        for notebook in submission.notebooks:
            recorded.update({grade.name: grade.auto_score for grade in notebook.grades})
    for path in (Path(course) / "autograded" / student / assignment).glob("*.ipynb"):
        for cell, data in verdicts_in(nbformat.read(path, as_version=4).cells):
            verdicts[data["exercise"]] = {**data, "recorded": recorded[cell.metadata.nbgrader.grade_id]}
    return verdicts
