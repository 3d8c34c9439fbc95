"""Reviewing by hand in nbgrader's formgrader, in a real browser."""

import pytest
from nbgrader.api import Gradebook

from tests.helpers.attacks import WRONG, read_attacks
from tests.helpers.browser import JupyterServer, open_page, wait_until
from tests.helpers.commands import run_module
from tests.helpers.submissions import ASSIGNMENT, new_course, read_class, solution_cells, write_sample, write_submission

pytestmark = pytest.mark.slow
NOTEBOOK = "residual_networks"
HOSTILE = ("html_and_scripts", "html_in_the_finding")
FAY = "sample_fay"  # ignores the initializer in identity_block


def autograde(course, *options):
    done = run_module(["nbgrader", "autograde", ASSIGNMENT, *options], course)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.fixture(scope="module")
def server(generated, tmp_path_factory):
    course = new_course(generated, tmp_path_factory.mktemp("formgrader") / "course")
    write_sample(course, next(sample for sample in read_class() if f"sample_{sample.name}" == FAY))
    for attack in read_attacks():
        if attack.name in HOSTILE:
            write_submission(course, attack.name, {**solution_cells(), "identity_block": WRONG + attack.code})
    autograde(course)
    with JupyterServer(course) as running:
        yield running


@pytest.fixture
def page(server):
    """A browser's page that has logged in, as JupyterLab does before it opens formgrader."""
    with open_page() as opened:
        opened.goto(server.url("login"))
        yield opened


def open_submission(page, server, student):
    submissions = server.get(f"formgrader/api/submitted_notebooks/{ASSIGNMENT}/{NOTEBOOK}")
    number = next(s["id"] for s in submissions if s["student"] == student)
    page.goto(server.url(f"formgrader/submissions/{number}"))
    page.locator("#test_identity_block").wait_for()


def recorded(course, student):
    """The score of identity_block as the gradebook has it, and the automatic one."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        grade = gradebook.find_grade("test_identity_block", NOTEBOOK, ASSIGNMENT, student)
        return grade.score, grade.auto_score


def test_the_class_is_listed_and_the_diagnosis_stands_beside_the_code(page, server, tmp_path):
    page.goto(server.url(f"formgrader/gradebook/{ASSIGNMENT}/{NOTEBOOK}"))
    page.get_by_text("Submission #3").wait_for()
    open_submission(page, server, FAY)
    text = page.locator("body").inner_text()
    assert "Identity block: 7 of 10 points (wrong)" in text
    assert "a kernel is not created with the initializer that the function is given" in text
    assert "<t" not in text and "<p" not in text  # tables are tables
    page.screenshot(path=tmp_path / "formgrader.png", full_page=True)


@pytest.mark.parametrize("student", HOSTILE)
def test_scripts_of_students_do_not_run_in_formgrader(page, server, student):
    open_submission(page, server, student)
    page.wait_for_timeout(500)
    assert page.title() == NOTEBOOK


def test_a_score_given_by_hand_survives_a_regrade(page, server):
    open_submission(page, server, FAY)
    page.locator("#test_identity_block").fill("8.5")
    page.locator("#test_identity_block").press("Tab")
    comment = page.locator("textarea.comment").first
    comment.fill("Well explained in office hours.")
    comment.press("Tab")
    wait_until(lambda: recorded(server.folder, FAY) == (8.5, 7.0), 20)
    autograde(server.folder, "--force", f"--student={FAY}")
    assert recorded(server.folder, FAY) == (8.5, 7.0)
    open_submission(page, server, FAY)
    wait_until(lambda: page.locator("#test_identity_block").input_value() == "8.5", 20)
    assert page.locator("textarea.comment").first.input_value() == "Well explained in office hours."
