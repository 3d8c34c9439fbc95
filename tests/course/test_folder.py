"""A course's folder: made new, brought up to a newer kit, and what is said where neither can be done."""

import hashlib
import json
import re
import subprocess
import sys

import pytest

from autograder.course import folder as course_folder
from tests.helpers.commands import run_module
from tests.helpers.submissions import OPTIONAL, ROOT


def command(folder, *arguments):
    """The status of a command of this checkout's kit, run in a folder, and what it said."""
    done = run_module(["autograder", *arguments], folder, apart=True)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def of_an_older_kit(course, path, content):
    """Have a file be what an older kit had put there; None: it had no such file."""
    record = json.loads((course / ".kit.json").read_text())
    if content is None:
        (course / path).unlink()
        del record["files"][path]
    else:
        (course / path).write_bytes(content)
        record["files"][path] = hashlib.sha256(content).hexdigest()
    (course / ".kit.json").write_text(json.dumps(record))


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_an_upgrade_is_shown_then_made_and_keeps_what_the_instructor_has_changed(tmp_path):
    course, place = tmp_path / "course", f"source/{OPTIONAL}"
    assert command(tmp_path, "new", "course", "--assignment", OPTIONAL)[0] == 0
    changed, added, gone, mine, kept = (
        f"{place}/{name}"
        for name in (
            f"hidden/{OPTIONAL}.json",
            f"exercises/{OPTIONAL}.json",
            "exercises/gone.toml",
            f"exercises/{OPTIONAL}.toml",
            f"{OPTIONAL}.ipynb",
        )
    )
    newest = contents(course)
    for path, content in ((changed, b"{}"), (added, None), (gone, b"x"), (mine, b"old steps")):
        of_an_older_kit(course, path, content)
    (course / mine).write_bytes(b"my steps")
    (course / kept).write_bytes(b"my notebook")  # which the kit has not changed since
    before = contents(course)
    _, said = command(course, "upgrade")
    told = dict(line.strip().split(": ", 1) for line in said.splitlines() if line.startswith("  "))
    assert told.pop(mine).startswith("changed by you and by the kit")
    assert told == {changed: "changed in the kit", added: "new in the kit", gone: "no longer in the kit"}
    assert "Nothing is written yet" in said and contents(course) == before
    _, said = command(course, "upgrade", "--apply")
    assert "regrade" in said
    after = contents(course)
    assert all(after[course / path] == newest[course / path] for path in (changed, added)) and course / gone not in after
    assert after[course / mine] == b"my steps" and after[course / kept] == b"my notebook"
    assert after[course / "kit-changes" / mine] == newest[course / mine]
    assert "nothing to change" in command(course, "upgrade")[1]


@pytest.mark.slow
def test_what_cannot_be_done_is_said_with_what_to_do(tmp_path):
    def refuses(words, *arguments):
        status, said = command(tmp_path, *arguments)
        assert status == 1 and re.search(words, said, re.S), said

    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").touch()
    refuses("is there already.*autograder add", "new", "full")
    wrong = ("new", "course", "--assignment", "residual_netwerks")
    refuses(
        "no assignment 'residual_netwerks', but basic_block, inverted_residual, preactivation_block, residual_networks",
        *wrong,
    )
    refuses("no nbgrader course.*autograder new", "add", OPTIONAL)
    clash = 'c = get_config()\nc.Autograde.autograde_preprocessors = ["mine.Grader"]\n'
    (tmp_path / "nbgrader_config.py").write_text(clash)
    refuses(r"c\.Autograde\.autograde_preprocessors", "add", OPTIONAL)
    assert (tmp_path / "nbgrader_config.py").read_text() == clash and not (tmp_path / "source").exists()
    refuses("not made by `new` or `add`", "upgrade")


def test_this_repository_is_made_of_the_same_pieces():
    assert (ROOT / "nbgrader_config.py").read_text() == course_folder.CONFIG.format(course="residual-networks")
    done = subprocess.run([sys.executable, "-m", "autograder", "new", "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and "--assignment" in done.stdout
