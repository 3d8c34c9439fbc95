"""Collecting: whose a file is, is what the LMS wrote; one student's files never stop the collecting of the others'."""

import io
import os
import shutil
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

from autograder.course.collect import LmsCollector, SafeExtractor
from autograder.grading import files

NAME = "residual_networks"
ZIP = "zip"


def written(root, *paths, when=None):
    for path in paths:
        path = Path(root, path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(path))
        if when:
            os.utime(path, (when, when))


def identified(root, **options):
    """{path: (student, file) or the reason why it is left out}."""
    found = LmsCollector().identify(root, **options)
    return {
        os.path.relpath(path, root): known if isinstance(known, str) else (known["student_id"], known["file_id"])
        for path, known in found.items()
    }


@pytest.mark.parametrize(
    "path,student",
    [
        (f"Jane Doe_1234567_assignsubmission_file/{NAME}.ipynb", "1234567"),
        (f"moodle/Jane Doe_1234567_assignsubmission_file_/sub/{NAME}.ipynb", "1234567"),
        (f"moodle/Jane_van_Doe_1234567_assignsubmission_file_/{NAME}.ipynb", "1234567"),
        (f"canvas/doejane_12345_678901_{NAME}.ipynb", "doejane"),
        (f"canvas/doejane_LATE_12345_678901_{NAME}-2.ipynb", "doejane"),
        (f"doejane_12345_678901_{NAME}.ipynb", "doejane"),
        (f"canvas/doejane_12345_678901_my work/sub/{NAME}.ipynb", "doejane"),
        (f"assignment_99_export/submission_345678/{NAME}.ipynb", "345678"),
        (f"gs/assignment_99_export/submission_345678/{NAME} (3).ipynb", "345678"),
        (f"submission_345678/{NAME}.ipynb", "345678"),
        (f"Jane Doe_1234567_assignsubmission_file_{NAME}.ipynb", "1234567"),
        (f"moodle/Group B-Jane Doe_1234567_assignsubmission_file_{NAME}.ipynb", "1234567"),
        (f"Jane Doe_1234567_assignsubmission_file_Eve_7_assignsubmission_file_{NAME}.ipynb", "1234567"),
        (f"Participant_1234567_assignsubmission_file_/{NAME}.ipynb", "1234567"),
        (f"canvas/anon_4fXk2_678901_{NAME}.ipynb", "anon_4fXk2"),
        (f"LATE_anon_4fXk2_678901_{NAME}.ipynb", "anon_4fXk2"),
        (f"müllerzoë_12345_678901_{NAME}.ipynb", "müllerzoë"),
        (f"gradebook/Homework 3_jdoe_attempt_2026-11-20-14-32-10_{NAME}.ipynb", "jdoe"),
        (f"Homework_3_jdoe_attempt_2026-11-20-14-32-10_eve_attempt_2026-11-21-00-00-00_{NAME}.ipynb", "jdoe"),
        (f"d2l/123456-789012 - Jane Doe - Nov 20, 2026 232 PM/{NAME}.ipynb", "123456"),
        (f"123456-789012 - Jane van Doe-Roe - November 2, 2026 2:32 AM/week 9/{NAME}.ipynb", "123456"),
        (f"123456-789012 - Jane Doe - Nov 20, 2026 1232 PM - {NAME}.ipynb", "123456"),
        (f"exercise/Assignment 1/Doe_Jane_jdoe_12345/20261120143210_{NAME}.ipynb", "jdoe"),
        (f"Doe_Jane_jdoe_12345/{NAME}.ipynb", "jdoe"),
        (f"Homework/Doe, Jane(jdoe)/Submission attachment(s)/{NAME}.ipynb", "jdoe"),
    ],
)
def test_real_layouts(tmp_path, path, student):
    written(tmp_path, path)
    found = identified(tmp_path)[path]
    assert found[0] == student and found[1].endswith(NAME)


METADATA = """---
submission_345678:
  :submitters:
  - :name: Jane van Doe
    :sid: '4711'
    :email: jane@example.edu
  :created_at: 2026-11-20 06:32:10.123456789 -08:00
  :score: 0.0
submission_345679:
  :submitters:
  - :name: Eve
    :sid: ../etc
    :email: eve@example.edu
  :created_at: 2026-11-20 14:32:10.000000000 Z
"""


@pytest.mark.parametrize(
    "path,beside,known",
    [
        (f"Jane van Doe_7_assignsubmission_file_/{NAME}.ipynb", {}, ("7", "Jane van", "Doe", "Participant 7", None)),
        (f"Doe_7_assignsubmission_file_{NAME}.ipynb", {}, ("7", "", "Doe", "Participant 7", None)),
        (f"doejane_LATE_12345_678901_{NAME}.ipynb", {}, ("doejane", None, None, "12345", None)),
        (
            f"export/assignment_9_export/submission_345678/{NAME}.ipynb",
            {"export/assignment_9_export/submission_metadata.yml": METADATA},
            ("4711", "Jane van", "Doe", None, "2026-11-20 14:32:10"),
        ),
        (
            f"submission_345679/{NAME}.ipynb",
            {"submission_metadata.yml": METADATA, "submission_345679/submission_metadata.yml": "submission_345679:\n"},
            ("345679", "", "Eve", None, "2026-11-20 14:32:10"),
        ),
        (f"HW_jdoe_attempt_2026-11-20-14-32-10_{NAME}.ipynb", {}, ("jdoe", None, None, None, "2026-11-20 13:32:10")),
        (f"1-2 - Jane Doe - Nov 20, 2026 232 PM/{NAME}.ipynb", {}, ("1", "Jane", "Doe", None, "2026-11-20 13:32:00")),
        (f"1-2 - Jane Doe - Nov 2, 2026 12:32 AM/{NAME}.ipynb", {}, ("1", "Jane", "Doe", None, "2026-11-01 23:32:00")),
        (f"Doe_Jane_jdoe_5/20261120143210_{NAME}.ipynb", {}, ("jdoe", "Jane", "Doe", "5", "2026-11-20 13:32:10")),
        (
            f"HW/Doe, Jane(jdoe)/Submission attachment(s)/{NAME}.ipynb",
            {"HW/Doe, Jane(jdoe)/timestamp.txt": "20261120143210123"},
            ("jdoe", "Jane", "Doe", None, "2026-11-20 13:32:10"),
        ),
    ],
)
def test_names_ids_and_times_of_a_download_are_kept(tmp_path, path, beside, known):
    written(tmp_path, path)
    for name, text in beside.items():
        (tmp_path / name).write_text(text)
    found = LmsCollector(timezone="Europe/Berlin").identify(tmp_path)[str(tmp_path / path)]
    keys = ("student_id", "first_name", "last_name", "lms_id", "timestamp")
    assert tuple(found.get(key) for key in keys) == known and found["file_id"] == NAME


def test_names_with_underscores_stay_apart_on_blackboard(tmp_path):
    names = ("HW 3_doe", "HW 3_j_doe", "HW 3_k_doe")
    written(tmp_path, *(f"{name}_attempt_2026-11-20-14-32-10_{NAME}.ipynb" for name in names))
    assert sorted(identified(tmp_path).values()) == [("doe", NAME), ("j_doe", NAME), ("k_doe", NAME)]


@pytest.mark.parametrize(
    "path,student",
    [
        (f"gs/submission_111/222_1_2_{NAME}.ipynb", "111"),
        (f"submission_111/222_1_2_{NAME}.ipynb", "111"),
        (f"gs/submission_111/submission_222/{NAME}.ipynb", "111"),
        (f"submission_111/Jane Doe_222_assignsubmission_file_/{NAME}.ipynb", "111"),
        (f"submission_111/222_LATE_1_2_work/{NAME}.ipynb", "111"),
        (f"moodle/Eve_111_assignsubmission_file_/submission_222/{NAME}.ipynb", "111"),
        (f"moodle/Eve_111_assignsubmission_file_/222_1_2_{NAME}.ipynb", "111"),
        (f"Eve_111_assignsubmission_file_/Jane_222_assignsubmission_file_/{NAME}.ipynb", "111"),
        (f"canvas/eve_111_1_submission_222/{NAME}.ipynb", "eve"),
        (f"canvas/eve_111_1_work/jane_222_2_{NAME}.ipynb", "eve"),
    ],
)
def test_a_name_that_a_student_chose_changes_nobody(tmp_path, path, student):
    written(tmp_path, path)
    assert identified(tmp_path)[path][0] == student


@pytest.mark.parametrize(
    "path",
    [
        f"gs/unknown layout/deep/deeper/222_1_2_{NAME}.ipynb",
        f"gs/a/b/submission_222/{NAME}.ipynb",
        f"a/b/Jane_222_assignsubmission_file_/{NAME}.ipynb",
        f".._1_2_{NAME}.ipynb",
        f"._1_2_{NAME}.ipynb",
        f"-rf_1_2_{NAME}.ipynb",
        f"..\\.._1_2_{NAME}.ipynb",
        f"submission_111/._{NAME}.ipynb",
        f"submission_111/{NAME}.R",
        f"submission_/{NAME}.ipynb",
        f"submission_111\n/{NAME}.ipynb",
        f"{NAME}.ipynb",
    ],
)
def test_what_no_system_writes_is_left_out_with_a_reason(tmp_path, path):
    written(tmp_path, path)
    assert all(isinstance(known, str) and known for known in identified(tmp_path).values())


def test_of_two_uploads_the_newest_counts_and_the_other_is_named(tmp_path):
    folder = "Jane_111_assignsubmission_file_"
    written(tmp_path, f"{folder}/{NAME}.ipynb", when=2000)
    written(tmp_path, f"{folder}/{NAME} (1).ipynb", f"{folder}/old/{NAME}.ipynb", when=1000)
    assert identified(tmp_path) == {
        f"{folder}/{NAME}.ipynb": ("111", NAME),
        f"{folder}/{NAME} (1).ipynb": f"there is a newer one by the same student, '{NAME}.ipynb'",
        f"{folder}/old/{NAME}.ipynb": f"there is a newer one by the same student, '{NAME}.ipynb'",
    }


def test_the_system_s_own_time_of_an_attempt_counts_before_the_file_s(tmp_path):
    """Blackboard writes it into the name; a download that was unpacked and packed again has other times of files."""
    attempts = [f"HW_jdoe_attempt_2026-11-{day}-10-00-00_{NAME}.ipynb" for day in (20, 22)]
    for path, when in zip(attempts, (2_000_000_000, 1_000_000_000)):
        written(tmp_path, path, when=when)
    found = identified(tmp_path)
    assert found[attempts[1]] == ("jdoe", NAME) and "there is a newer one" in found[attempts[0]]


def test_of_uploads_of_one_time_the_highest_number_counts(tmp_path):
    paths = [f"canvas/doejane_1_{number}_{NAME}{again}.ipynb" for number, again in ((5, ""), (6, "-2"), (7, "-10"))]
    written(tmp_path, *paths, when=1000)
    assert [isinstance(identified(tmp_path)[path], tuple) for path in paths] == [False, False, True]


def test_a_script_is_taken_where_there_is_no_notebook_and_others_are_named(tmp_path):
    folder = "Jane Doe_7_assignsubmission_file_"
    written(tmp_path, f"Eve_8_assignsubmission_file_/{NAME}.py", f"{folder}/{NAME}.py", f"{folder}/{NAME}.ipynb")
    written(tmp_path, f"Ann_9_assignsubmission_file_/{NAME}.pdf")
    assert identified(tmp_path) == {
        f"Eve_8_assignsubmission_file_/{NAME}.py": ("8", NAME),
        f"{folder}/{NAME}.ipynb": ("7", NAME),
        f"{folder}/{NAME}.py": "it is no notebook",
        f"Ann_9_assignsubmission_file_/{NAME}.pdf": "it is no notebook",
    }


def test_two_students_of_one_name_stay_two(tmp_path):
    written(tmp_path, f"smithjohn_4001_1_{NAME}.ipynb", f"smithjohn_4002_2_{NAME}.ipynb", f"doejane_1_3_{NAME}.ipynb")
    assert sorted(identified(tmp_path).values()) == [("doejane", NAME), ("smithjohn_4001", NAME), ("smithjohn_4002", NAME)]


def test_a_notebook_whose_own_name_ends_with_a_number_keeps_it(tmp_path):
    written(tmp_path, "submission_1/week-2.ipynb", "submission_1/week-2-1.ipynb", when=1000)
    found = identified(tmp_path, released={"week-2"})
    assert found["submission_1/week-2-1.ipynb"] == ("1", "week-2")
    assert "newer" in found["submission_1/week-2.ipynb"]


@pytest.mark.parametrize("path", ["a_" * 480, "1_" * 120 + NAME, "submission_1/" * 19, "(1)" * 80 + " (1)" * 3])
def test_long_paths_take_no_time(tmp_path, path):
    path = "/".join(path[i : i + 240] for i in range(0, len(path), 240)) if "/" not in path else path + "x"
    started = time.process_time()
    LmsCollector()._whose(f"{path}.ipynb", ())
    assert time.process_time() - started < 0.5


# ------------------------------------------------------------------ archives


def zip_of(members, compression=zipfile.ZIP_DEFLATED):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return data.getvalue()


def extracted(tmp_path, name, content, caplog):
    """Names of the files that come out of an archive, and what was said."""
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / name).write_bytes(content)
    (tmp_path / "extracted").mkdir()
    SafeExtractor().extract(str(tmp_path / "archive"), str(tmp_path / "extracted"))
    found = {str(path.relative_to(tmp_path / "extracted")) for path in (tmp_path / "extracted").rglob("*") if path.is_file()}
    return found - {name}, caplog.text


def link_entry(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info


@pytest.mark.parametrize(
    "name", ["../x", "/etc/x", "a/../../x", "a\\..\\..\\x", "..", "a//x", "\x1b]0;x", "d/" * 30 + "x", "y" * 300]
)
def test_hostile_names_in_an_archive_cost_only_themselves(tmp_path, caplog, name):
    found, said = extracted(tmp_path, "a.zip", zip_of([(name, "x"), ("fine.ipynb", "{}")]), caplog)
    assert found <= {"a/fine.ipynb", "a/etc/x"} and "a/fine.ipynb" in found and "is left out" in said
    assert sorted(os.listdir(tmp_path)) == ["archive", "extracted"]


def test_links_in_archives_become_no_links(tmp_path, caplog):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            member = tarfile.TarInfo(f"x{kind}")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
        member = tarfile.TarInfo("fine.ipynb")
        member.size = 2
        archive.addfile(member, io.BytesIO(b"{}"))
    assert extracted(tmp_path, "a.tar.gz", data.getvalue(), caplog)[0] == {"a/fine.ipynb"}
    shutil.rmtree(tmp_path / "archive"), shutil.rmtree(tmp_path / "extracted")
    found, _ = extracted(tmp_path, "b.zip", zip_of([(link_entry("link"), "/etc/passwd")]), caplog)
    assert found == {"b/link"} and not (tmp_path / "extracted" / "b" / "link").is_symlink()


def student_s(content):
    """A download with a student's zip, and the notebook of another student."""
    return zip_of([("Eve_1_assignsubmission_file_/e.zip", content), (f"Ann_2_assignsubmission_file_/{NAME}.ipynb", "{}")])


SPOILED = {
    "bomb": lambda: zip_of([(f"{n}", bytes(60_000_000)) for n in range(5)]),
    "bomb in a bomb": lambda: zip_of([(f"{n}.zip", zip_of([("x", bytes(90_000_000))])) for n in range(4)]),
    "too deep": lambda: zip_of([("b.zip", zip_of([("c.zip", zip_of([("x", "")]))]))]),
    "many files": lambda: zip_of([(f"{n}", "") for n in range(files.MAX_ENTRIES + 1)]),
    "a very long list of files": lambda: zip_of([(f"{n:06}" + "x" * 50, "") for n in range(20_000)], zipfile.ZIP_STORED),
    "no zip": lambda: b"PK\3\4" + bytes(1000),
    "empty": lambda: b"",
    "cut off": lambda: zip_of([("x", os.urandom(5000))])[:3000],
    "wrong checksum": lambda: zip_of([("x", b"y" * 5000)], zipfile.ZIP_STORED).replace(b"yyyy", b"zzzz", 1),
    "encrypted": lambda: zip_of([("x", b"y")]).replace(b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0"),
    "an unknown method": lambda: zip_of([("x", b"y" * 50)]).replace(b"\x08\0", b"\x63\0"),
}


@pytest.mark.parametrize("make", SPOILED.values(), ids=SPOILED)
def test_an_archive_that_cannot_be_unpacked_costs_only_its_student(tmp_path, caplog, make):
    content, started = student_s(make()), time.process_time()
    found, said = extracted(tmp_path, "d.zip", content, caplog)
    assert f"d/Ann_2_assignsubmission_file_/{NAME}.ipynb" in found
    assert "Eve_1" in said and "is left out" in said and time.process_time() - started < 5
    size = sum(path.stat().st_size for path in (tmp_path / "extracted").rglob("*") if path.is_file())
    assert size < files.MAX_BYTES + 10_000_000


def test_a_student_s_zip_is_unpacked(tmp_path, caplog):
    found, _ = extracted(tmp_path, "d.zip", student_s(zip_of([(f"sub/{NAME}.ipynb", "{}"), ("x.txt", "")])), caplog)
    assert f"d/Eve_1_assignsubmission_file_/e/sub/{NAME}.ipynb" in found


def test_number_of_files_in_a_student_s_zip(tmp_path, caplog):
    content = student_s(zip_of([(f"{n}", "") for n in range(files.MAX_ENTRIES)]))
    assert len(extracted(tmp_path, "d.zip", content, caplog)[0]) == files.MAX_ENTRIES + 2
