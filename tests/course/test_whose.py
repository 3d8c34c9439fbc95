"""Whose a submission is: students who would be others, names that come again, and lists as they leave a spreadsheet."""

import unicodedata
import zipfile

import pytest
from nbgrader.api import Gradebook

from autograder.course.collect import LmsCollector
from autograder.course.returning import zip_feedback
from autograder.course.systems import call_as_in
from tests.helpers.grader import run
from tests.helpers.submissions import OPTIONAL, new_course

from .test_collect import identified, written

NAME = f"{OPTIONAL}.ipynb"


@pytest.mark.parametrize("theirs", ["submission_7/", "Doe_Jane_jdoe_5/", "Doe, Jane(jdoe)/Submission attachment(s)/"])
@pytest.mark.parametrize(
    "system",
    [
        "download/Homework 3_eve_attempt_2026-11-20-14-32-10_work/",
        "Eve X_1000_assignsubmission_file_work/",
        "Exercise/Assignment 1/X_Eve_eve_9/20261120143210_work/",
        "1000-9 - Eve X - Nov 20, 2026 232 PM - work/",
    ],
)
def test_what_a_student_packs_into_an_archive_is_theirs(tmp_path, system, theirs):
    path = f"{system}{theirs}{NAME}"
    written(tmp_path, path)
    assert identified(tmp_path) == {path: ("eve" if "eve" in path else "1000", OPTIONAL)}


@pytest.mark.parametrize(
    "name", [f"'{'x' * 80}\n      :sid: jdoe'", "'Eve\n\n      :sid: jdoe\n\n      submission_2:\n\n      '"]
)
def test_a_name_on_gradescope_is_no_student_s_number(tmp_path, name):
    """Students choose their names there; in the list, a long one is folded."""
    written(tmp_path, f"submission_1/{NAME}")
    submitter = f"  :submitters:\n  - :name: {name}\n    :sid: eve\n    :email: eve@example.edu\n"
    (tmp_path / "submission_metadata.yml").write_text(
        f"---\nsubmission_1:\n{submitter}  :created_at: 2026-11-20 10:00:00 Z\n"
    )
    found = LmsCollector().identify(tmp_path)[str(tmp_path / f"submission_1/{NAME}")]
    assert found["student_id"] == "eve" and found["timestamp"] == "2026-11-20 10:00:00"


def student(name, number=None, first="", last=""):
    return type("Student", (), {"id": name, "lms_user_id": number, "first_name": first, "last_name": last})


def test_another_one_s_id_is_not_taken_for_a_name():
    """On Canvas, where students choose names, one is neither an id nor another one's number."""
    canvas = [{"student_id": name, "lms_id": n, "number": n} for name, n in (("jdoe", "9"), ("doejane", "5"), ("5", "8"))]
    call_as_in([student("jdoe", "5")], canvas)
    assert [known["student_id"] for known in canvas] == ["jdoe_9", "jdoe", "5"]


def test_a_number_before_some_names_alone_is_part_of_them():
    """Brightspace writes the OrgDefinedId of everybody or of nobody."""
    eve = {"student_id": "1", "lms_id": "S4000001", "by_name": "Eve X"}
    honest = {"student_id": "2", "by_name": "Jo Y"}
    for known_files, called in (([eve | {}, honest], "1"), ([eve | {}], "jdoe")):
        call_as_in([student("jdoe", "S4000001", "Jane", "Doe")], known_files)
        assert known_files[0]["student_id"] == called


def test_underscores_in_every_user_name_stay_on_blackboard(tmp_path):
    written(tmp_path, *(f"HW 3_{name}_attempt_2026-11-20-14-32-10_{NAME}" for name in ("j_doe", "k_roe")))
    assert sorted(identified(tmp_path).values()) == [("j_doe", OPTIONAL), ("k_roe", OPTIONAL)]


@pytest.mark.parametrize("name", ["müllerzoë", "शर्माअनिता", "김민준"])
def test_names_of_all_alphabets_are_kept_also_by_a_mac(tmp_path, name):
    written(tmp_path, f"{unicodedata.normalize('NFD', name)}_12345_678901_{NAME}")
    assert list(identified(tmp_path).values()) == [(name, OPTIONAL)]


def test_what_is_too_long_for_an_id_is_named(tmp_path):
    written(tmp_path, f"{'a' * 101}_12345_678901_{NAME}")
    assert list(identified(tmp_path).values()) == ["what stands in the place of the student's name is none"]


# ------------------------------------------------------------------ by the commands


@pytest.fixture
def course(generated, tmp_path):
    return new_course(generated, tmp_path / "course", only=OPTIONAL)


def students(course):
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return {found.id: found.lms_user_id for found in gradebook.students}


def download(course, *paths):
    """Collect a download in which each file holds its own path; what was collected, and what was said."""
    archive = course / "downloaded" / OPTIONAL / "archive"
    archive.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive / "download.zip", "w") as file:
        for path in paths:
            file.writestr(path, path)
    said = run(course, "nbgrader", "zip_collect", OPTIONAL, "--force")
    return {str(path.relative_to(course / "submitted")): path.read_text() for path in course.glob("submitted/*/*/*.*")}, said


@pytest.mark.slow
def test_dots_in_names_keep_nobody_from_being_collected(course):
    first, second = "Eve_1_assignsubmission_file_/work.v1.ipynb", "Eve_1_assignsubmission_file_/work.v2.ipynb"
    other = f"Jo_2_assignsubmission_file_/{NAME}"
    assert download(course, first, second, other)[0] == {
        f"1/{OPTIONAL}/work.v1.ipynb": first,
        f"1/{OPTIONAL}/work.v2.ipynb": second,
        f"2/{OPTIONAL}/{NAME}": other,
    }


@pytest.mark.slow
def test_who_has_changed_a_name_on_canvas_is_still_one_student(course, tmp_path):
    (tmp_path / "list.csv").write_text('Student,ID,SIS Login ID,Section\n"Doe, Jane",5,jdoe,A\n')
    run(course, "autograder", "roster", str(tmp_path / "list.csv"))
    found, said = download(course, f"doejane_5_81_{NAME}", f"roejane_5_82_{NAME}", f"jdoe_9_83_{NAME}")
    assert sorted(path.split("/")[0] for path in found) == ["jdoe", "jdoe_9"]
    assert "there is a newer one by the same student" in said and students(course) == {"jdoe": "5", "jdoe_9": "9"}


@pytest.mark.slow
def test_feedback_for_canvas_finds_those_whom_a_roster_names(course, tmp_path, monkeypatch):
    (tmp_path / "list.csv").write_text('Student,ID,SIS Login ID,Section\n"Doe, Jane",5,jdoe,A\n')
    run(course, "autograder", "roster", str(tmp_path / "list.csv"))
    download(course, f"doejane_5_81_{NAME}")
    written(course / "feedback" / "jdoe" / OPTIONAL, f"{OPTIONAL}.html")
    monkeypatch.chdir(course)
    path, left_out = zip_feedback(OPTIONAL, "canvas")
    assert zipfile.ZipFile(path).namelist() == [f"doejane_5_81_{OPTIONAL}.html"] and left_out == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "said", "there"),
    [
        ("id;first_name\r\nmüller;Zoë\r\n".encode("cp1252"), "1 students", {"müller": None}),
        (b"\r\n\r\nid,first_name\r\njdoe,Jane\r\n", "1 students", {"jdoe": None}),
        (
            "Identifier,Full name,Email address\nParticipant 1,Eve\u2028Participant 2,e@x.org\n",
            "1 students",
            {"e@x.org": "Participant 1"},
        ),
        ("id,lms_user_id\njdoe,5\njdoe,6\n", "line 3 is left out: 'jdoe' stands above", {"jdoe": "5"}),
        (f"id\n{'a' * 101}\njdoe\n", "line 2 is left out", {"jdoe": None}),
    ],
    ids=["spreadsheet", "empty lines", "a name of two lines", "twice", "too long"],
)
def test_lists_as_they_come(course, tmp_path, content, said, there):
    (tmp_path / "list.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert said in run(course, "autograder", "roster", str(tmp_path / "list.csv"))
    assert students(course) == there


@pytest.mark.slow
def test_a_list_gives_nobody_s_login_to_another_one(course, tmp_path):
    """A name in an earlier download from Canvas is the login of somebody else."""
    download(course, f"jdoe_9_83_{NAME}")
    (tmp_path / "list.csv").write_text('Student,ID,SIS Login ID,Section\n"Doe, Jane",5,jdoe,A\n"Ro, Jo",6,jro,A\n')
    assert "line 2 is left out: the gradebook has another student 'jdoe'" in run(
        course, "autograder", "roster", str(tmp_path / "list.csv")
    )
    assert students(course) == {"jdoe": "9", "jro": "6"}
