"""Feedback that is made anew: earlier pages stay, and comments that are used again and again are a file of the course."""

import shutil
import zipfile

import pytest
from nbgrader.api import Gradebook

from tests.helpers.commands import run_module
from tests.helpers.grader import run
from tests.helpers.submissions import OPTIONAL, new_course, solution_cells, write_submission

pytestmark = pytest.mark.slow
SOLUTION = solution_cells(OPTIONAL)[OPTIONAL]
COMMENTS = 'norm = "Take the norm of *one* gradient."\nlate = "Next time, <b>earlier</b>."\n'


def comment(course, student, text):
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.find_comment(OPTIONAL, OPTIONAL, OPTIONAL, student).manual_comment = text
        gradebook.db.commit()


@pytest.fixture(scope="module")
def graded(generated, tmp_path_factory):
    course = new_course(generated, tmp_path_factory.mktemp("feedback") / "course", only=OPTIONAL)
    write_submission(course, "anna", {}, OPTIONAL)
    run(course, "autograder", "grade", OPTIONAL)
    return course


@pytest.mark.parametrize(
    "program", [pytest.param(("nbgrader", "generate_feedback"), marks=pytest.mark.nightly), ("autograder", "feedback")]
)
def test_earlier_pages_stay_beside_the_new_ones(graded, tmp_path, program):
    course = new_course(graded, tmp_path / "course")
    folder, page = course / "feedback" / "anna", f"{OPTIONAL}.html"
    again = [*program, OPTIONAL, "--force"]
    run(course, *program, OPTIONAL)
    first = (folder / OPTIONAL / page).read_text()
    run(course, *program, OPTIONAL)  # there is nothing to make
    assert not [*folder.glob("earlier/*/*")]
    comment(course, "anna", "Have a look at the sum.")
    run(course, *again)
    run(course, *again)  # the same again
    kept = sorted(folder.glob("earlier/*/*"))
    assert [path.parent.name for path in kept] == [OPTIONAL] * 2
    assert (kept[0] / page).read_text() == first
    assert "Have a look at the sum." in (kept[1] / page).read_text()
    run(course, *again)
    assert sorted(folder.glob("earlier/*/*")) == kept, "what is the same is kept once"
    shutil.copy(folder / OPTIONAL / page, folder / OPTIONAL / "another.html")
    run(course, *program, OPTIONAL)
    assert sorted(folder.glob("earlier/*/*")) == kept and (kept[0] / page).read_text() == first
    run(course, "autograder", "feedback", OPTIONAL, "--zip", "folders")
    with zipfile.ZipFile(course / f"{OPTIONAL}_feedback_folders.zip") as archive:
        assert set(archive.namelist()) == {f"anna/{page}", "anna/another.html"}


@pytest.mark.parametrize("program", [("nbgrader", "generate_feedback"), ("autograder", "feedback")])
def test_comments_have_short_names(graded, tmp_path, program):
    course = new_course(graded, tmp_path / "course")
    (course / "comments.toml").write_text(COMMENTS, encoding="utf-8-sig")
    comment(course, "anna", "#norm See task #2, C#norm, a?#norm; #late #3")
    run(course, *program, OPTIONAL)
    page = (course / "feedback" / "anna" / OPTIONAL / f"{OPTIONAL}.html").read_text()
    assert "Take the norm of <em>one</em> gradient. See task #2, C#norm, a?#norm; Next time, <b>earlier</b>. #3" in page
    run(course, "autograder", "feedback", OPTIONAL, "--short")
    page = (course / "feedback" / "anna" / OPTIONAL / "feedback.html").read_text()
    assert "Take the norm of *one* gradient. See task #2, C#norm, a?#norm; Next time, &lt;b&gt;earlier&lt;/b&gt;. #3" in page
    (course / "comments.toml").unlink()
    run(course, "autograder", "feedback", OPTIONAL, "--short")
    (kept,) = (course / "feedback" / "anna").glob("earlier/*/*/feedback.html")
    assert kept.read_text() == page


@pytest.mark.parametrize(
    "text", ["norm = Take", "norm = 3", '"two words" = "x"', "norm = 'x'\n[more]\na = 'b'", 'a = "\\q"']
)
def test_comments_that_cannot_be_read_are_named(graded, tmp_path, text):
    course = new_course(graded, tmp_path / "course")
    (course / "comments.toml").write_text(text)
    for words in (["nbgrader", "generate_feedback", OPTIONAL], ["autograder", "feedback", OPTIONAL, "--short"]):
        done = run_module(words, course)
        assert done.returncode == 1 and "comments.toml: " in done.stdout and 'like norm = "Take' in done.stdout
        assert "Traceback" not in done.stdout
