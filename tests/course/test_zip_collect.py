"""Downloads and the exchange through nbgrader's own commands, and what goes back."""

import csv
import os
import shutil
import zipfile
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.course import collect
from autograder.course.returning import zip_feedback
from autograder.grading import files
from tests.helpers.commands import run_module
from tests.helpers.submissions import ROOT

from .test_collect import SPOILED, written, zip_of

NAME = "residual_networks"
ZIP = "zip"


def nbgrader(course, *arguments, status=0):
    done = run_module(["nbgrader", *arguments], course)
    assert done.returncode == status and "Traceback" not in done.stdout, done.stdout[-3000:]
    return done.stdout


@pytest.fixture
def course(tmp_path):
    course = tmp_path / "course"
    (course / "release" / NAME).mkdir(parents=True)
    shutil.copy(ROOT / "release" / NAME / f"{NAME}.ipynb", course / "release" / NAME)
    shutil.copy(ROOT / "nbgrader_config.py", course)
    (course / "secret.txt").write_text("CANARY")
    return course


def submitted(course):
    return {str(path.relative_to(course / "submitted")): path.read_text() for path in course.glob("submitted/*/*/*")}


@pytest.mark.slow
def test_a_download_with_everything_in_it_is_collected(course):
    archive = course / "downloaded" / NAME / "archive"
    archive.mkdir(parents=True)
    (archive / "gradescope.zip").write_bytes(
        zip_of(
            [
                (f"assignment_9_export/submission_111/222_1_2_{NAME}.ipynb", "of 111"),
                (f"assignment_9_export/submission_222/{NAME}.ipynb", "of 222"),
                (f"assignment_9_export/submission_333/{NAME} (1).ipynb", "of 333, later"),
                (f"assignment_9_export/submission_333/{NAME}.ipynb", "of 333"),
                ("assignment_9_export/submission_444/bomb.zip", SPOILED["bomb"]()),
                (f"assignment_9_export/submission_444/{NAME}.ipynb", "of 444"),
                (f"../submission_555/{NAME}.ipynb", "of nobody"),
                (f".._1_2_{NAME}.ipynb", "of nobody"),
            ]
        )
    )
    (archive / f"666_1_2_{NAME}.ipynb").symlink_to("../../../secret.txt")
    said = nbgrader(course, "zip_collect", NAME)
    assert submitted(course) == {
        f"111/{NAME}/222_1_2_{NAME}.ipynb": "of 111",
        f"222/{NAME}/{NAME}.ipynb": "of 222",
        f"333/{NAME}/{NAME}.ipynb": "of 333, later",
        f"444/{NAME}/{NAME}.ipynb": "of 444",
    }
    assert "there is a newer one by the same student" in said and "it is a link" in said
    with Gradebook(f"sqlite:///{course}/gradebook.db", "residual-networks") as gradebook:
        assert {student.id for student in gradebook.students} == {"111", "222", "333", "444"}
    assert not (course / NAME).exists() and sorted(os.listdir(course / "submitted")) == ["111", "222", "333", "444"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pattern", "collected", "said"),
    [
        (r".*_(?P<student_id>\w+)_attempt_(?P<timestamp>[0-9\-]+)_(?P<file_id>\w+)", ["bitdiddle"], "jane_22_202"),
        (r".*_(?P<who>\w+)_attempt_(?P<file_id>\w+)", [], "must have the groups student_id and file_id"),
        (r".*(", [], "is no regular expression"),
    ],
)
def test_nbgrader_s_own_option_for_names_counts_alone(course, pattern, collected, said):
    """The example is that of nbgrader's help for FileNameCollectorPlugin.named_regexp."""
    written(
        course / "downloaded" / NAME / "archive",
        f"ps1_bitdiddle_attempt_2016-01-30-15-00-00_{NAME}.ipynb",
        f"jane_22_202_{NAME}.ipynb",
    )
    option = f"--FileNameCollectorPlugin.named_regexp={pattern}"
    log = nbgrader(course, "zip_collect", NAME, option, status=0 if collected else 1)
    assert sorted({path.split("/")[0] for path in submitted(course)}) == collected and said in log
    if collected:
        assert submitted(course)[f"bitdiddle/{NAME}/timestamp.txt"].startswith("2016-01-30 15:00:00")


def exported(course, kind):
    """What an export plugin writes, as a parser of CSV reads it."""
    nbgrader(course, "export", "--exporter", f"autograder.course.export.{kind}", "--to", "out.csv")
    with open(course / "out.csv", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_a_roster_names_those_known_by_number(course):
    """D2L: "Username or Org Defined ID (or both)", items named "... Points Grade", and the last column with #."""
    (course / "students.csv").write_text(
        "id,first_name,last_name,email,lms_user_id\njdoe,Jane,Doe,j@x.org,123456\nabsent,A,B,,777\n"
    )
    nbgrader(course, "db", "student", "import", "students.csv")
    written(
        course / "downloaded" / NAME / "archive",
        f"123456-9 - Jane Doe - Nov 20, 2026 232 PM/{NAME}.ipynb",
        f"999999-9 - Eve X - Nov 20, 2026 232 PM/{NAME}.ipynb",
    )
    log = nbgrader(course, "zip_collect", NAME)
    assert {path.split("/")[0] for path in submitted(course)} == {"jdoe", "999999"}
    assert "not in the download: absent" in log and "not in the gradebook before: 999999" in log
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.add_assignment(NAME)
    rows = {row["Username"]: row for row in exported(course, "BrightspaceExport")}
    assert rows["jdoe"]["OrgDefinedId"] == "123456" and rows["jdoe"]["End-of-Line Indicator"] == "#"
    assert f"{NAME} Points Grade <Numeric MaxPoints:0>" in rows["jdoe"]


@pytest.mark.slow
def test_a_name_that_is_another_student_s_id_or_number_claims_nothing(course):
    """Canvas writes a name, which students may choose, and then the number that is theirs."""
    (course / "students.csv").write_text("id,lms_user_id\njdoe,22\nmallory,66\nabsent,88\n")
    nbgrader(course, "db", "student", "import", "students.csv")
    folder = course / "downloaded" / NAME / "archive"
    whose = {"doejane_22_1": "jdoe", "jdoe_66_2": "mallory", "mallory_77_3": "mallory_77", "88_99_4": "88"}
    written(folder, *(f"{name}_{NAME}.ipynb" for name in whose))
    nbgrader(course, "zip_collect", NAME)
    found = {path.split("/")[0]: text for path, text in submitted(course).items() if path.endswith(".ipynb")}
    assert found == {student: str(folder / f"{name}_{NAME}.ipynb") for name, student in whose.items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "path", "who"),
    [
        ("BlackboardExport", "Homework 3_jdoe_attempt_2026-11-20-14-32-10_{}.ipynb", "Username"),
        ("SakaiExport", "Homework/Doe, Jane(jdoe)/Submission attachment(s)/{}.ipynb", "Student ID"),
    ],
)
def test_grades_go_back_to_the_system_of_the_download(course, kind, path, who):
    """Blackboard: "the unique identifier used for each student is the student's username"; Sakai: the first column."""
    written(course / "downloaded" / NAME / "archive", path.format(NAME))
    nbgrader(course, "zip_collect", NAME)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.add_assignment(NAME)
    (row,) = exported(course, kind)
    assert row[who] == "jdoe" and any(title.startswith(NAME) for title in row)


def test_feedback_goes_back_to_the_submission_that_it_is_of(tmp_path, monkeypatch):
    """Eve packs her notebook into a folder that has the name of Jane's upload."""
    monkeypatch.chdir(tmp_path)
    uploads = (f"hw/eve_11_101_x/jane_22_202_{NAME}.ipynb", f"hw/jane_22_202_{NAME}.ipynb")
    written(tmp_path / "downloaded" / NAME / "extracted", *uploads)
    for student in ("eve", "jane"):
        written(tmp_path / "feedback" / student / NAME, f"{NAME}.html")
    path, _ = zip_feedback(NAME, "canvas")
    with zipfile.ZipFile(path) as archive:
        found = {name: archive.read(name).decode() for name in archive.namelist()}
    assert {name: Path(text).parts[-3] for name, text in found.items()} == {
        f"eve_11_101_{NAME}.html": "eve",
        f"jane_22_202_{NAME}.html": "jane",
    }


def make_exchange(course, exchange, check_owner):
    """An exchange for a course; its inbound folder, in which students may write."""
    inbound = exchange / "residual-networks" / "inbound"
    inbound.mkdir(parents=True)
    for folder in (exchange, exchange / "residual-networks"):
        folder.chmod(0o755)
    exchange.chmod(0o777)
    with open(course / "nbgrader_config.py", "a") as file:
        file.write(f"\nc.Exchange.root = {str(exchange)!r}\nc.ExchangeCollect.check_owner = {check_owner}\n")
    return inbound


@pytest.mark.slow
@pytest.mark.skipif(os.getuid() != 0, reason="folders of somebody else's can be made by root only")
@pytest.mark.parametrize(
    "name",
    [
        f"eve+{NAME}+never+abc",  # no time: nbgrader ends here
        f"eve+{NAME}+2026-11-25 10:00:00 UTC",
        f"eve+{NAME}+9999-12-31 23:59:59 -23+x",
        f"root+{NAME}+2999-01-01 00:00:00.000000 UTC+abc",  # another one's name, and a later time than theirs
        f"eve\x1b[2J+{NAME}+2026-11-25 10:00:00.000000 UTC+abc",
    ],
)
def test_nobody_s_folder_in_the_exchange_keeps_another_one_s_from_being_collected(course, tmp_path, name):
    inbound = make_exchange(course, tmp_path / "exchange", check_owner=True)
    for folder, owner, text in ((f"root+{NAME}+2026-11-25 10:00:00.000000 UTC+abc", 0, "mine"), (name, 65534, "eve's")):
        (inbound / folder).mkdir()
        (inbound / folder / f"{NAME}.ipynb").write_text(text)
        os.chown(inbound / folder, owner, owner)
        (inbound / folder).chmod(0o755)
    before = sorted(os.listdir(course))
    said = nbgrader(course, "collect", NAME)
    found = submitted(course)
    assert found[f"root/{NAME}/{NAME}.ipynb"] == "mine"
    assert set(os.listdir(course)) - set(before) <= {"submitted", "gradebook.db"}
    assert "\x1b" not in said


@pytest.mark.slow
def test_links_in_the_exchange_are_not_followed(course, tmp_path):
    inbound = make_exchange(course, tmp_path / "exchange", check_owner=False)

    def inbound_of(student):
        folder = inbound / f"{student}+{NAME}+2026-11-25 10:00:00.000000 UTC+abc"
        folder.mkdir()
        (folder / "timestamp.txt").write_text("2026-11-25 10:00:00.000000 UTC")
        (folder / f"{NAME}.ipynb").write_text(f"of {student}")
        return folder

    inbound_of("honest")
    (inbound_of("file_link") / "secret.txt").symlink_to(course / "secret.txt")
    (inbound_of("folder_link") / "course").symlink_to(course)
    os.mkfifo(inbound_of("pipe") / "pipe")
    bad_time = inbound_of("bad_time")
    (bad_time / "timestamp.txt").unlink()
    (bad_time / "timestamp.txt").symlink_to("/dev/zero")
    (inbound / f"whole+{NAME}+2026-11-25 10:00:00.000000 UTC+abc").symlink_to(course)
    for below in inbound.rglob("*"):
        if not below.is_symlink() and below.is_dir():
            below.chmod(0o755)
    inbound.chmod(0o1733)
    for _ in range(2):  # the second time it reads the times of what it has
        said = nbgrader(course, "collect", NAME, "--update")
    found = submitted(course)
    students = ("honest", "file_link", "folder_link", "pipe", "bad_time")
    assert {path: text for path, text in found.items() if path.endswith(".ipynb")} == {
        f"{student}/{NAME}/{NAME}.ipynb": f"of {student}" for student in students
    }
    assert len(found) == 2 * len(students) - 1 and "CANARY" not in "".join(found.values())
    assert "it is a link" in said and "'whole" not in " ".join(found)


def test_the_limits_are_those_of_a_submission():
    assert collect.MAX_BYTES == files.MAX_BYTES and collect.MAX_DEPTH == files.MAX_DEPTH
