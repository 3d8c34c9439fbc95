"""Submitted folders made by somebody who wants what lies elsewhere, or wants grading to stop: one class of them, graded
by nbgrader and by the class command."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from tests.helpers.commands import run_module
from tests.helpers.submissions import OPTIONAL, new_course, solution_cells, write_submission
from tests.helpers.verdicts import read_verdicts

pytestmark = pytest.mark.slow
NAME = f"{OPTIONAL}.ipynb"
SOLUTION = solution_cells(OPTIONAL)
WRONG = {OPTIONAL: f"def {OPTIONAL}(*arguments, **options):\n    return arguments[0]\n"}
SECRET = "CANARY-of-the-grader"


def link(name, target):
    """The student's notebook is gone; in its place, or beside it, there is a link."""

    def make(folder):
        (folder / NAME).unlink()
        (folder / name).symlink_to(target.format(source=f"../../../source/{OPTIONAL}/{NAME}", course=folder.parents[2]))

    return make


def deep(folder):
    here = os.open(folder, os.O_RDONLY)
    for _ in range(900):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)


def long_paths(folder):
    below = folder
    for _ in range(6):
        below = below / ("x" * 200)
    below.mkdir(parents=True)
    (below / "file").write_text("x")
    (folder / ("y" * 255)).write_text("x")
    (folder / ("z" * 251)).symlink_to("/etc/passwd")


def many_links(folder):
    for number in range(8000):
        (folder / f"link_{number}").symlink_to("/etc/passwd")


def many_files(folder):
    for number in range(5000):
        (folder / f"a{number}").touch()


def many_folders(folder):
    for number in range(3000):
        (folder / f"a{number}" / "b").mkdir(parents=True)


def many_notebooks(folder):
    (folder / NAME).rename(folder / f"{OPTIONAL}_final.ipynb")
    for number in range(500):
        (folder / f"notes {number}.ipynb").write_text('{"cells": [' + "{}, " * 1000 + "{}]}")


def hostile_names(folder):
    for name in (
        b"\xff\xfe",
        b"\x1b]0;title\x07",
        "‮txt.exe".encode(),
        b"a\nb",
        b"-rf",
        b"$(reboot)",
        b"%s%n",
        b"\\..\\x",
        b"~",
    ):
        Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).write_text("x")


def special_files(folder):
    os.mkfifo(folder / "exercises.fifo")
    os.mkfifo(folder / "timestamp.txt")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(folder)
        server.bind("socket")
        os.chdir(here)
    if os.getuid() == 0:
        os.mknod(folder / "zero", 0o666 | 0o020000, os.makedev(1, 5))


def fifo_for_the_notebook(folder):
    (folder / NAME).unlink()
    os.mkfifo(folder / NAME)


def set_aside_as_a_link(folder):
    for name in ("set_aside", ".set_aside"):
        (folder / name).symlink_to(f"../../../source/{OPTIONAL}/exercises")
        (folder.parent / name).unlink(missing_ok=True)
    (folder.parent / ".set_aside").symlink_to(f"../../source/{OPTIONAL}/exercises")  # as if a zip had brought it
    (folder / "planted.toml").symlink_to("nowhere")


def set_aside_as_a_file(folder):
    (folder.parent / ".set_aside").write_text("x")
    (folder / "link").symlink_to("/etc/passwd")


def set_aside_below_as_a_link(folder):
    (folder.parent / ".set_aside").mkdir()
    (folder.parent / ".set_aside" / OPTIONAL).symlink_to(f"../../../source/{OPTIONAL}/exercises")
    (folder / "link").symlink_to("/etc/passwd")


def folder_link(name, target):
    def make(folder):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).symlink_to(target)

    return make


def whole_folder(target):
    def make(folder):
        shutil.rmtree(folder)
        folder.symlink_to(target)

    return make


def student_folder(folder):
    shutil.rmtree(folder.parent)
    folder.parent.symlink_to("bystander")


def hard_link(name, other_owner):
    def make(folder):
        (folder / NAME).unlink()
        os.link(folder.parents[1] / ("owner" if other_owner else "bystander") / OPTIONAL / NAME, folder / name)
        if other_owner:
            os.chown(folder / name, 12345, 12345)

    return make


def timestamp(content):
    return lambda folder: (folder / "timestamp.txt").write_bytes(content)


RIGHT, UNREADABLE, NOT_GRADED = "right", "unreadable", "not graded"
HOSTILE = {
    # links to files
    "link_one_letter_off": (link(f"{OPTIONAL}s.ipynb", "{source}"), UNREADABLE),
    "link_for_the_notebook": (link(NAME, "{source}"), UNREADABLE),
    "link_by_an_absolute_path": (link(f"my {NAME}", "{course}/source/" + f"{OPTIONAL}/{NAME}"), UNREADABLE),
    "link_to_another_student": (link(f"copy of {NAME}", f"../../bystander/{OPTIONAL}/{NAME}"), UNREADABLE),
    "link_through_proc": (link(NAME, f"/proc/self/cwd/source/{OPTIONAL}/{NAME}"), UNREADABLE),
    "link_to_itself": (link(NAME, NAME), UNREADABLE),
    "link_to_a_device": (link(NAME, "/dev/zero"), UNREADABLE),
    "link_beside": (lambda folder: (folder / "notes.txt").symlink_to("../../../secret.txt"), RIGHT),
    "link_instead_of_a_figure": (folder_link("figures", f"../../../source/{OPTIONAL}/hidden"), RIGHT),
    "link_to_the_course": (folder_link("data", "../../.."), RIGHT),
    "links_in_a_loop": (lambda folder: (folder / "here").symlink_to("."), RIGHT),
    # links for folders
    "whole_folder": (whole_folder(f"../bystander/{OPTIONAL}"), NOT_GRADED),
    "whole_folder_is_the_source": (whole_folder(f"../../source/{OPTIONAL}"), NOT_GRADED),
    "student_folder": (student_folder, NOT_GRADED),
    # where things are set aside
    "set_aside_as_a_link": (set_aside_as_a_link, RIGHT),
    "set_aside_as_a_file": (set_aside_as_a_file, RIGHT),
    "set_aside_below_as_a_link": (set_aside_below_as_a_link, RIGHT),
    # too much
    "deep": (deep, RIGHT),
    "long_paths": (long_paths, RIGHT),
    "many_links": (many_links, RIGHT),
    "many_files": (many_files, RIGHT),
    "many_folders": (many_folders, RIGHT),
    "many_notebooks": (many_notebooks, RIGHT),
    # strange files
    "hostile_names": (hostile_names, RIGHT),
    "special_files": (special_files, RIGHT),
    "fifo_for_the_notebook": (fifo_for_the_notebook, UNREADABLE),
    "time_of_submission_is_a_link": (lambda folder: (folder / "timestamp.txt").symlink_to("/dev/zero"), RIGHT),
    "time_of_submission_is_nonsense": (timestamp(b"yesterday \xff"), RIGHT),
    "time_of_submission_is_long": (timestamp(b"1" * 1_000_000), RIGHT),
}
if os.getuid() == 0:
    HOSTILE["hard_link_to_another_owner_s"] = (hard_link(NAME, other_owner=True), UNREADABLE)
    HOSTILE["hard_link_renamed"] = (hard_link(f"{OPTIONAL}s.ipynb", other_owner=True), UNREADABLE)
    HOSTILE["hard_link_of_a_backup"] = (hard_link(NAME, other_owner=False), RIGHT)


# Those whom the class command grades in `make test`: of each kind one or two. nbgrader grades all.
PART = (
    "link_one_letter_off",
    "link_to_another_student",
    "link_beside",
    "link_to_the_course",
    "whole_folder",
    "student_folder",
)
PART += ("set_aside_as_a_link", "set_aside_below_as_a_link", "deep", "many_links", "many_notebooks")
PART += ("hostile_names", "special_files", "fifo_for_the_notebook", "time_of_submission_is_nonsense")
PART += tuple(name for name in HOSTILE if name == "hard_link_to_another_owner_s")
GRADE = ["autograder", "grade", OPTIONAL, "--verbose"]
WAYS = {
    "nbgrader": (["nbgrader", "autograde", OPTIONAL], tuple(HOSTILE)),
    "class": (GRADE, PART),
    "class of all": (GRADE, tuple(HOSTILE)),
}


@pytest.fixture(
    scope="module", params=["nbgrader", *(pytest.param(way, marks=pytest.mark.nightly) for way in ("class", "class of all"))]
)
def graded(request, generated, tmp_path_factory):
    """The course after grading, who handed in a hostile folder, what the command said, and what lay in source/ before.
    Whatever is stolen from source/ or from the bystander would be right."""
    command, students = WAYS[request.param]
    course = new_course(generated, tmp_path_factory.mktemp("graded") / "course", only=OPTIONAL)
    (course / "secret.txt").write_text(SECRET)
    (course / "source" / OPTIONAL / "hidden" / "note.txt").write_text(SECRET)
    for student in ("bystander", "owner"):
        write_submission(course, student, SOLUTION, OPTIONAL)
    for student in students:
        make, expected = HOSTILE[student]
        make(write_submission(course, student, SOLUTION if expected == RIGHT else WRONG, OPTIONAL))
    before = sorted(course.glob("source/**/*"))
    yield course, students, run_module(command, course), before
    subprocess.run(["rm", "-rf", course], check=True)


def test_hostile_folders_gain_nothing_and_honest_parts_count(graded):
    course, students, done, _ = graded
    found, expected = {}, {}
    for student in students:
        expected[student] = HOSTILE[student][1], 10 if HOSTILE[student][1] == RIGHT else 0
        if (course / "autograded" / student).exists():
            verdict = read_verdicts(course, student, OPTIONAL)[OPTIONAL]
            found[student] = verdict["status"], verdict["recorded"]
        elif f"submitted/{student}/{OPTIONAL}' is not graded: it is a link" in done.stdout:
            found[student] = NOT_GRADED, 0
    assert found == expected


def test_the_class_is_graded(graded):
    course, handed_in, done, _ = graded
    assert done.returncode == 0, done.stdout[-3000:]
    assert read_verdicts(course, "bystander", OPTIONAL)[OPTIONAL]["recorded"] == 10
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        students = {submission.student.id for submission in gradebook.assignment_submissions(OPTIONAL)}
    assert students == {"bystander", "owner"} | {name for name in handed_in if HOSTILE[name][1] != NOT_GRADED}


def test_nothing_from_elsewhere_is_copied_and_nothing_is_planted(graded):
    course, _, _, before = graded
    for here, folders, files in os.walk(course / "autograded"):
        for name in [*folders, *files]:
            path = os.path.join(here, name)
            assert not os.path.islink(path)
            if os.path.isfile(path):
                assert SECRET.encode() not in Path(path).read_bytes(), path
    assert sorted(course.glob("source/**/*")) == before
    assert not (course / "planted.txt").exists() and (course / "secret.txt").read_text() == SECRET


def test_the_log_names_what_was_set_aside_and_is_short(graded):
    _, _, done, _ = graded
    assert "'link_0' in " in done.stdout and "More in " in done.stdout and "link_7999" not in done.stdout
    assert "\x1b]0;" not in done.stdout and "‮" not in done.stdout
