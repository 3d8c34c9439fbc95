"""Groups submit once: all of them are graded by it, whoever submits."""

import datetime
import json
import logging
import os
import shutil

import pytest
from nbgrader.api import Gradebook

from autograder.grading.groups import Sharing
from tests.helpers.commands import run_module
from tests.helpers.grader import WRONG, run
from tests.helpers.submissions import OPTIONAL, new_course, solution_cells, write_submission

pytestmark = pytest.mark.slow
SOLUTION = solution_cells(OPTIONAL)[OPTIONAL]
GROUPS = f"\nc.SubmissionExporter.groups = {{'{OPTIONAL}': [['anna', 'bert', 'zoe'], ['carl', 'dora']]}}\n"
KEEP = "\nc.SubmissionExporter.keep_attempts = True\n"
PROGRAMS = [("nbgrader", "autograde"), pytest.param(("autograder", "grade"), marks=pytest.mark.nightly)]


def submit(course, student, cells, time):
    (write_submission(course, student, cells, OPTIONAL) / "timestamp.txt").write_text(time)


def scores(course):
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return {s.student.id: s.score for s in gradebook.assignment_submissions(OPTIONAL)}


def inodes(course):
    return {path: path.stat().st_ino for path in (course / "submitted").rglob("*")}


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_one_submits_is_everybodys(generated, tmp_path, program):
    course = new_course(generated, tmp_path / "course", GROUPS, only=OPTIONAL)
    submit(course, "bert", {}, "2026-11-01 10:00:00 UTC")
    submit(course, "eve", {OPTIONAL: SOLUTION}, "2026-11-01 10:00:00 UTC")
    (course / "submitted" / "bert" / OPTIONAL / "page.html").write_text("<p>")  # grading sets it aside: both change
    run(course, *program, OPTIONAL)
    assert scores(course) == {"anna": 0, "bert": 0, "zoe": 0, "eve": 10}
    before = inodes(course)
    run(course, *program, OPTIONAL)
    assert inodes(course) == before, "there is nothing to do"
    shutil.rmtree(course / "autograded")  # as a copy is known by what was copied, not by what was graded

    submit(course, "bert", {OPTIONAL: SOLUTION}, "2026-11-02 10:00:00 UTC")
    run(course, *program, OPTIONAL)
    assert scores(course) == {"anna": 10, "bert": 10, "zoe": 10, "eve": 10}
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert len({gradebook.find_submission(OPTIONAL, name).timestamp for name in ("anna", "bert", "zoe")}) == 1

    # zoe submits something of her own, and later than the others: it is hers, and from now on the group's.
    shutil.rmtree(course / "submitted" / "zoe" / OPTIONAL)
    submit(course, "zoe", {}, "2026-11-03 10:00:00 UTC")
    said = run_module([*program, OPTIONAL, *(["--verbose"] if program[0] == "autograder" else [])], course).stdout
    assert "bert has submitted, as zoe of the same group has" in said
    assert scores(course) == {"anna": 0, "bert": 10, "zoe": 0, "eve": 10}
    # What bert submits then is older than hers, and does not replace it.
    submit(course, "bert", {OPTIONAL: f"# again{chr(10)}{SOLUTION}"}, "2026-11-02 12:00:00 UTC")
    before = inodes(course)
    run(course, *program, OPTIONAL)
    assert inodes(course) == before and scores(course) == {"anna": 0, "bert": 10, "zoe": 0, "eve": 10}
    assert not [*(course / "submitted").glob("[cd]*")]


def test_a_group_is_no_pair_of_the_report(generated, tmp_path):
    course = new_course(generated, tmp_path / "course", GROUPS, only=OPTIONAL)
    odd = SOLUTION + "\n".join(f"# a remark {number} of our own, that nobody else has made\n" for number in range(9))
    submit(course, "dora", {OPTIONAL: odd}, "2026-11-01 10:00:00 UTC")
    submit(course, "mallory", {OPTIONAL: odd}, "2026-11-01 10:00:00 UTC")
    run(course, "autograder", "grade", OPTIONAL)
    run(course, "autograder", "report", OPTIONAL)
    data = json.loads((course / f"{OPTIONAL}_report.json").read_text())
    assert [{pair["one"], pair["other"]} for pair in data["alike"]] == [{"carl", "mallory"}]
    assert "carl, dora" in (course / f"{OPTIONAL}_report.html").read_text()


@pytest.mark.parametrize(
    "groups, says",
    [
        ("[['anna', 'bert'], ['bert', 'carl']]", "bert can be in one group only"),
        ("['anna', 'bert']", 'c.SubmissionExporter.groups: {"preactivation_block": [["jdoe", "mroe"], ...]} is expected'),
        ("[['anna', '../bert']]", "is expected"),
    ],
)
def test_groups_that_make_no_sense_are_named(generated, tmp_path, groups, says):
    settings = f"c.SubmissionExporter.groups = {{'{OPTIONAL}': {groups}}}\n"
    course = new_course(generated, tmp_path / "course", settings, only=OPTIONAL)
    submit(course, "anna", {}, "2026-11-01 10:00:00 UTC")
    done = run_module(["autograder", "grade", OPTIONAL], course)
    assert done.returncode == 1 and says in done.stdout and "Traceback" not in done.stdout


@pytest.mark.parametrize(
    "time",
    [
        b"2026-11-01 10:00:00 UTC\xff",
        b"\xc2\x85",
        *(pytest.param(time, marks=pytest.mark.nightly) for time in (b"  \n", b"yesterday")),
    ],
)
def test_a_time_that_cannot_be_read_stops_nobody(generated, tmp_path, time):
    course = new_course(generated, tmp_path / "course", GROUPS, only=OPTIONAL)
    (write_submission(course, "bert", {OPTIONAL: SOLUTION}, OPTIONAL) / "timestamp.txt").write_bytes(time)
    submit(course, "eve", {OPTIONAL: SOLUTION}, "2026-11-01 10:00:00 UTC")
    (course / "submitted" / "dora").mkdir()
    (course / "submitted" / "dora" / f".{OPTIONAL}.group").write_text("3")
    for _ in range(2):
        run(course, "autograder", "grade", OPTIONAL)
        assert scores(course) == {"anna": 10, "bert": 10, "zoe": 10, "eve": 10}


def test_the_newest_is_the_one_by_the_time_as_it_is_meant(tmp_path):
    for student, time in (("anna", "03.02.2026"), ("bert", "2026-02-10 10:00:00 UTC")):  # 3 February, not 2 March
        folder = tmp_path / student / OPTIONAL
        folder.mkdir(parents=True)
        (folder / "timestamp.txt").write_text(time)
        (folder / "a.ipynb").write_text(student)
    Sharing(tmp_path, OPTIONAL, [], logging.getLogger("groups")).share([["anna", "bert", "zoe"]])
    assert (tmp_path / "zoe" / OPTIONAL / "a.ipynb").read_text() == "bert"


def test_a_killed_copy_is_made_again(generated, tmp_path):
    """Between any two steps of replacing a copy: the old one there, nothing there, the new one there."""
    log = logging.getLogger("groups")
    for step in range(3):
        submitted = tmp_path / str(step)
        bert, anna = (submitted / name / OPTIONAL for name in ("bert", "anna"))
        bert.mkdir(parents=True)
        (bert / "a.ipynb").write_text("old")
        Sharing(submitted, OPTIONAL, [], log).share([["anna", "bert"]])
        (bert / "a.ipynb").write_text("new")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "rename", stopping_at(step))
            with pytest.raises(KeyboardInterrupt):
                Sharing(submitted, OPTIONAL, [], log).share([["anna", "bert"]])
        for _ in range(2):
            Sharing(submitted, OPTIONAL, [], log).share([["anna", "bert"]])
            assert {path.name for path in anna.parent.iterdir()} == {OPTIONAL, f".{OPTIONAL}.group"}
        assert (anna / "a.ipynb").read_text() == "new"


def stopping_at(step):
    """An os.rename that is interrupted at its call of this number, or after the second."""
    rename, calls = os.rename, []

    def interrupted(*paths):
        calls.append(paths)
        if len(calls) == step + 1:
            raise KeyboardInterrupt
        rename(*paths)
        if len(calls) == 2:
            raise KeyboardInterrupt

    return interrupted


def test_what_grading_puts_into_a_submission_is_no_submission(generated, tmp_path):
    """A notebook that was found in a script, or stands for a missing one. And who submits a folder without files has
    submitted nothing, before and after there was a copy."""
    course = new_course(generated, tmp_path / "course", GROUPS, only=OPTIONAL)
    bert, anna = (course / "submitted" / name / OPTIONAL for name in ("bert", "anna"))
    bert.mkdir(parents=True)
    (bert / f"{OPTIONAL}.py").write_text("X = 1\n")
    (bert / "timestamp.txt").write_text("2026-11-01 10:00:00 UTC")
    for day in (1, 2, 3):
        shutil.rmtree(anna, ignore_errors=True)
        anna.mkdir(parents=True)
        (anna / "timestamp.txt").write_text(f"2026-11-0{day} 12:00:00 UTC")
        if day == 3:
            submit(course, "bert", {OPTIONAL: SOLUTION}, "2026-11-03 10:00:00 UTC")
        said = run(course, "autograder", "grade", OPTIONAL)
        assert scores(course) == dict.fromkeys(("anna", "bert", "zoe"), 10 if day == 3 else 0)
        assert "has submitted" not in said


def test_who_has_nothing_that_can_be_read_is_copied_to_when_somebody_has(generated, tmp_path):
    course = new_course(generated, tmp_path / "course", GROUPS, only=OPTIONAL)
    empty = course / "submitted" / "carl" / OPTIONAL
    empty.mkdir(parents=True)
    (empty / "timestamp.txt").write_text("2026-11-01 10:00:00 UTC")
    submit(course, "eve", {OPTIONAL: SOLUTION}, "2026-11-01 10:00:00 UTC")
    run(course, "autograder", "grade", OPTIONAL)
    assert scores(course)["carl"] == 0
    submit(course, "dora", {OPTIONAL: SOLUTION}, "2026-11-02 10:00:00 UTC")
    said = run(course, "autograder", "grade", OPTIONAL)
    assert scores(course)["carl"] == scores(course)["dora"] == 10
    assert "c.SubmissionExporter.groups: anna is not in the class list" in said and "carl is not" not in said


def test_slips_and_what_they_leave_are_told_each_time(generated, tmp_path):
    """Who was graded by mistake is in the gradebook afterwards, but has no name."""
    slips = GROUPS + f"c.SubmissionExporter.extensions = {{{OPTIONAL!r}: {{'ana': 2, 'eve': 1}}, 'optionel': {{}}}}\n"
    course = new_course(generated, tmp_path / "course", slips, only=OPTIONAL)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for name in ("anna", "zoe", "eve"):
            gradebook.update_or_create_student(name, first_name=name)
    for name in ("bert", "eve"):
        submit(course, name, {OPTIONAL: SOLUTION}, "2026-11-01 10:00:00 UTC")
    for command in ("autograder", "grade"), ("nbgrader", "autograde"):
        said = " ".join(run(course, *command, OPTIONAL).split())
        assert "groups: bert is not in the class list" in said and "anna is not" not in said
        assert scores(course)["eve"] == 10, "an extension of a due date that there is not"
        assert "extensions: ana is not in the class list" in said and "no assignment 'optionel' in source/" in said
    shutil.rmtree(course / "submitted" / "eve")
    assert "no submission is there any more of eve" in run(course, "autograder", "grade", OPTIONAL)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.remove_submission(OPTIONAL, "eve")
    assert "no submission is there any more" not in run(course, "autograder", "grade", OPTIONAL)
    with open(course / "nbgrader_config.py", "a") as file:
        file.write(f"c.SubmissionExporter.extensions = {{{OPTIONAL!r}: {{12345: 2}}}}\n")
    done = run_module(["autograder", "grade", OPTIONAL], course)
    assert done.returncode == 1 and "12345 is a number, and a student's id a text: '12345'" in done.stdout


def test_a_regrade_shows_what_a_worse_submission_costs_the_group(generated, tmp_path):
    course = new_course(generated, tmp_path / "course", GROUPS, only=OPTIONAL)
    submit(course, "bert", {OPTIONAL: SOLUTION}, "2026-11-01 10:00:00 UTC")
    run(course, "autograder", "grade", OPTIONAL)
    submit(course, "bert", {OPTIONAL: WRONG[OPTIONAL]}, "2026-11-02 10:00:00 UTC")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.update_or_create_assignment(OPTIONAL, duedate="2026-12-24")
        gradebook.update_or_create_submission(OPTIONAL, "bert").extension = datetime.timedelta(days=1)
        gradebook.db.commit()
    said = run(course, "autograder", "regrade", OPTIONAL)
    assert "3 with another score" in said and "anna is not in the class list" not in said and scores(course)["anna"] == 10
    run(course, "autograder", "regrade", OPTIONAL, "--apply")
    assert {*scores(course).values()} == {0}


def test_whoever_changes_groups_is_told_of_the_copies_that_are_left(tmp_path, caplog):
    """And a file where a folder should be is nobody's trouble but its own."""
    (tmp_path / "anna" / OPTIONAL).mkdir(parents=True)
    (tmp_path / "anna" / OPTIONAL / "a.ipynb").write_text("anna's")
    (tmp_path / "emil").write_text("a file")
    log = logging.getLogger("groups")
    Sharing(tmp_path, OPTIONAL, [], log).share([["anna", "emil", "gina"]])
    assert (tmp_path / "gina" / OPTIONAL).is_dir() and "emil is no folder of files" in caplog.text
    Sharing(tmp_path, OPTIONAL, [], log).share([["anna", "bert"], ["gina", "hugo"]])
    assert f"gina is in no group with anna any more, but has a copy of that submission: remove {tmp_path}" in caplog.text


def test_a_copy_keeps_nobody_s_own_submission_from_being_collected(generated, tmp_path):
    """nbgrader collects what is newer than what lies there. And a copy is no attempt, also where there are no groups now."""
    course = new_course(generated, tmp_path / "course", GROUPS + KEEP, only=OPTIONAL)
    with open(course / "nbgrader_config.py", "a") as file:
        file.write(f"c.Exchange.root, c.ExchangeCollect.check_owner = {str(tmp_path / 'exchange')!r}, False\n")
    submit(course, "carl", {}, "2099-01-01 10:00:00 UTC")
    run(course, "autograder", "grade", OPTIONAL)
    assert scores(course) == {"carl": 0, "dora": 0}
    inbound = tmp_path / "exchange" / "residual-networks" / "inbound"
    inbound.mkdir(parents=True)
    shutil.move(write_submission(course, "elsewhere", {OPTIONAL: SOLUTION}, OPTIONAL), inbound / "x")
    (inbound / "x" / "timestamp.txt").write_text("2026-11-01 10:00:00 UTC")
    (inbound / "x").rename(inbound / f"dora+{OPTIONAL}+2026-11-01 10:00:00 UTC")
    (course / "submitted" / "elsewhere").rmdir()
    run(course, "nbgrader", "collect", OPTIONAL)
    with open(course / "nbgrader_config.py", "a") as file:
        file.write("c.SubmissionExporter.groups = {}\n")
    run(course, "autograder", "grade", OPTIONAL, "--force")
    assert scores(course) == {"carl": 0, "dora": 10}
    assert len(list((course / "submitted" / "dora" / f".{OPTIONAL}.attempts").glob("*/"))) == 1


@pytest.mark.parametrize("content", ["too large", "a link", "the same, later"])
def test_what_is_submitted_is_never_taken_for_a_copy(tmp_path, content):
    anna, bert = (tmp_path / name / OPTIONAL for name in ("anna", "bert"))
    for folder in (anna, bert):
        folder.mkdir(parents=True)
    (bert / "a.ipynb").write_text("bert's")
    (bert / "timestamp.txt").write_text("2026-11-01 10:00:00 UTC")
    log = logging.getLogger("groups")
    Sharing(tmp_path, OPTIONAL, [], log).share([["anna", "bert"]])
    shutil.rmtree(anna)
    anna.mkdir()
    (anna / "timestamp.txt").write_text("2026-11-02 10:00:00 UTC")
    if content == "too large":
        with open(anna / "a.ipynb", "wb") as file:
            file.truncate(300_000_000)
    elif content == "a link":
        (anna / "a.ipynb").symlink_to("b.ipynb")
    else:
        (anna / "a.ipynb").write_text("bert's")
    before = anna.stat().st_ino
    sharing = Sharing(tmp_path, OPTIONAL, [], log)
    sharing.share([["anna", "bert"]])
    assert anna.stat().st_ino == before, "it is not replaced"


def test_a_link_is_nobodys_submission(generated, tmp_path):
    course = new_course(generated, tmp_path / "course", GROUPS, only=OPTIONAL)
    submit(course, "eve", {OPTIONAL: SOLUTION}, "2026-11-01 10:00:00 UTC")
    (course / "submitted" / "anna").mkdir()
    os.symlink(course / "submitted" / "eve" / OPTIONAL, course / "submitted" / "anna" / OPTIONAL)
    submit(course, "carl", {OPTIONAL: SOLUTION}, "2026-11-01 10:00:00 UTC")
    os.symlink(course / "submitted" / "eve" / OPTIONAL, course / "submitted" / "carl" / OPTIONAL / "more")
    run(course, "autograder", "grade", OPTIONAL)
    assert scores(course) == {"carl": 10, "dora": 10, "eve": 10}
    assert not os.path.lexists(course / "submitted" / "dora" / OPTIONAL / "more")
