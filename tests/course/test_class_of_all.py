"""A class from a download to the exports, one command each: two thirds are honest, the others hand in all that the tests and
public trackers know of. Nothing stops, numbers add up, and the honest have the grades of a class of their own."""

import csv
import json
import re
import shutil
import zipfile

import pytest
from nbgrader.api import Gradebook

from tests.grading.test_what_comes_in import COMES_IN
from tests.helpers.answers import read_case
from tests.helpers.grader import run
from tests.helpers.submissions import OPTIONAL, ROOT, new_course, solution_cells, write_submission
from tests.helpers.tracker_inputs import INPUTS

pytestmark = pytest.mark.slow
SOLUTION = solution_cells(OPTIONAL)[OPTIONAL]
HONEST = [SOLUTION, *(read_case(path)[1] for path in sorted((ROOT / "tests" / "cases" / OPTIONAL).glob("*.py")))]
LONG = ("endless loop", "memory")  # in the large class alone
ODD = [make for make, *_ in COMES_IN.values() if make]
ODD += [make for name, (_, make, _) in INPUTS.items() if name not in LONG]
ODD += [INPUTS[name][1] for name in LONG]
FIRST, LAST = ("Jane", "Seán", "太郎", "Anna Maria", "=1+1"), ("Doe", "O'Brien", "山田", "von der Mühl", "Roe, Jr")


def class_of(number):
    """{a student's number: what is in the answer's cell, and what is done to the folder}; every third is odd."""
    found = {}
    for place in range(number):
        odd = place % 3 == 2
        change = ODD[(place // 3 * (1 if number > 100 else 7)) % len(ODD)] if odd else None
        found[str(1_000_000 + place)] = SOLUTION if odd else HONEST[place % len(HONEST)], change
    return found


def downloaded(generated, folder, students):
    """A course with a download of Moodle's; the students of whom there is a file."""
    course = new_course(generated, folder, "\nc.Execute.timeout = 4\n", only=OPTIONAL)
    archive = course / "downloaded" / OPTIONAL / "archive"
    archive.mkdir(parents=True)
    there = set()
    with zipfile.ZipFile(archive / "moodle.zip", "w", zipfile.ZIP_DEFLATED) as file:
        for place, (student, (answer, change)) in enumerate(students.items()):
            submission = write_submission(course, student, {OPTIONAL: answer}, OPTIONAL)
            if change:
                change(submission)
            name = f"{FIRST[place % len(FIRST)]} {LAST[place % 7 % len(LAST)]}"
            for path in sorted(submission.rglob("*")):
                if path.is_file():
                    there.add(student)
                    file.write(path, f"{name}_{student}_assignsubmission_file/{path.relative_to(submission)}")
    shutil.rmtree(course / "submitted")
    return course, there


def scores(course):
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return {row["student"]: row["score"] for row in gradebook.submission_dicts(OPTIONAL)}


@pytest.mark.nightly
@pytest.mark.parametrize("number", [30, 300])
def test_a_class_of_all_kinds(generated, tmp_path, number):
    students = class_of(number)
    honest = {student: what for student, what in students.items() if what[1] is None}
    assert len(honest) == number * 2 // 3
    course, there = downloaded(generated, tmp_path / "course", students)
    assert honest.keys() <= there
    log = run(course, "nbgrader", "zip_collect", OPTIONAL)
    collected = {path.name for path in (course / "submitted").iterdir()}
    named = set(re.findall(r"_(\d{7})_assignsubmission_file/[^\n]* is left out", log))
    assert there == collected | named, "each student of the download is collected, or named with the reason"
    said = run(course, "autograder", "grade", OPTIONAL)
    graded, none = (int(re.search(words, said)[1]) for words in (r"graded (\d+)", r"not gradable (\d+)"))
    assert graded + none == len(collected) and "skipped 0" in said and "failed 0" in said
    assert f"made {len(collected)}, skipped 0" in run(course, "autograder", "feedback", OPTIONAL, "--zip", "moodle")
    run(course, "autograder", "report", OPTIONAL)
    rows = json.loads((course / f"{OPTIONAL}_report.json").read_text())["students"]
    got = scores(course)
    assert {row["student"]: row["score"] for row in rows} == got and set(got) == collected
    run(course, "nbgrader", "export", "--exporter=autograder.course.export.MoodleExport", "--to=moodle.csv")
    with open(course / "moodle.csv", newline="", encoding="utf-8") as file:
        exported = {row["Identifier"]: float(row["Grade"]) for row in csv.DictReader(file)}
    assert exported == {f"Participant {student}": score for student, score in got.items()}
    with zipfile.ZipFile(course / f"{OPTIONAL}_feedback_moodle.zip") as archive:
        returned = {re.search(r"_(\d{7})_assignsubmission_file_", name)[1] for name in archive.namelist()}
    assert returned == collected
    alone, _ = downloaded(generated, tmp_path / "alone", honest)
    run(alone, "nbgrader", "zip_collect", OPTIONAL)
    run(alone, "autograder", "grade", OPTIONAL)
    assert scores(alone) == {student: got[student] for student in honest}
    left_out = len(there - collected)
    print(f"{number} students: {graded} graded, {none} not gradable, {left_out} left out; {said.splitlines()[-1]}")
