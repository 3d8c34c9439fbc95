"""A week on a real JupyterHub, in a real browser: fetch, answer, check, validate, submit; collect, grade, return; read."""

import json
import os
import re
import subprocess
import types
from pathlib import Path

import pytest
import yaml
from traitlets.config import Config

from tests.helpers.browser import choose, open_page, type_into, wait_until
from tests.helpers.hub import Hub
from tests.helpers.submissions import ASSIGNMENT, OPTIONAL, ROOT, new_course, solution_cells

pytestmark = pytest.mark.slow
ANNA, BOB, IDLE, LECTURER = "hub-anna", "hub-bob", "hub-idle", "hub-lecturer"
COURSE = "residual-networks"


by_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a hub users of its own")


@pytest.fixture(scope="module")
def hub(generated):
    with Hub({"anna": "students", "bob": "students", "lecturer": "instructors"}) as running:
        course = new_course(generated, running.home(LECTURER) / COURSE)
        course.chmod(0o700)
        subprocess.run(["chown", "--recursive", f"{LECTURER}:{LECTURER}", course], check=True)
        yield running


def lecturer(hub, *command):
    status, said = hub.run(LECTURER, *command, folder=COURSE)
    assert status == 0, said
    return said


@pytest.fixture(scope="module")
def released(hub):
    """The hub when the lecturer has released both assignments, by the commands of docs/jupyterhub.md."""
    for name in (OPTIONAL, ASSIGNMENT):
        lecturer(hub, "nbgrader", "release_assignment", name)
    return hub


def open_list(page):
    choose(page, "Nbgrader", "Assignment List")


def in_list(page, part, button):
    """Press a button of the assignment in a part of the list."""
    row = page.locator(f"#{part}_assignments_list .list_item", has_text=OPTIONAL).first
    row.get_by_role("button", name=button, exact=True).click()


@pytest.fixture(scope="module")
def submitted(released):
    """The hub when anna has done all by hand in her browser, and bob has submitted a wrong answer by commands."""
    with open_page() as page:
        released.log_in(page, ANNA)
        open_list(page)
        in_list(page, "released", "Fetch")
        page.locator("#fetched_assignments_list .list_item", has_text=OPTIONAL).first.wait_for()
        page.goto(f"{released.address}/user/{ANNA}/lab/tree/{OPTIONAL}/{OPTIONAL}.ipynb?reset")
        marker = f"def {OPTIONAL}"
        page.locator(".jp-CodeCell .cm-content", has_text=marker).first.wait_for(timeout=60_000)
        type_into(page, marker, solution_cells(OPTIONAL)[OPTIONAL])
        choose(page, "Run", "Run All Cells")
        page.get_by_text("all steps are right").first.wait_for(timeout=120_000)
        page.keyboard.press("Control+s")
        path = released.home(ANNA) / OPTIONAL / f"{OPTIONAL}.ipynb"
        wait_until(lambda: "all steps are right" in path.read_text(), 60)  # it is saved
        page.get_by_role("button", name="Validate").click()
        page.get_by_text("Success! Your notebook passes all the tests.").wait_for(timeout=120_000)
        page.keyboard.press("Escape")
        open_list(page)
        in_list(page, "fetched", "Submit")
        page.locator("#submitted_assignments_list .list_item", has_text=OPTIONAL).first.wait_for(timeout=60_000)
    for words in (("fetch_assignment", OPTIONAL), ("submit", OPTIONAL)):
        status, said = released.run(BOB, "nbgrader", *words)
        assert status == 0, said
    return released


@pytest.fixture(scope="module")
def returned(submitted):
    """The hub when the lecturer has collected, graded, and released the feedback."""
    lecturer(submitted, "nbgrader", "collect", OPTIONAL)
    said = lecturer(submitted, "python", "-m", "autograder", "grade", OPTIONAL)
    assert "graded 2" in said and "WITHOUT A SANDBOX" not in said
    lecturer(submitted, "python", "-m", "autograder", "feedback", OPTIONAL)
    lecturer(submitted, "nbgrader", "release_feedback", OPTIONAL)
    return submitted


@by_root
def test_a_student_gets_feedback_in_the_browser(returned):
    with open_page() as page:
        returned.log_in(page, ANNA)
        open_list(page)
        page.locator("#submitted_assignments_list .list_item", has_text=OPTIONAL).first.click()
        page.get_by_role("button", name="Fetch Feedback").first.click()
        folder = returned.home(ANNA) / OPTIONAL / "feedback"
        wait_until(lambda: list(folder.rglob("*.html")), 30)
        (path,) = folder.rglob("*.html")
        page.goto(f"{returned.address}/user/{ANNA}/files/{path.relative_to(returned.home(ANNA))}")
        assert re.search(r"Score:\s*10\.0\s*/\s*10\.0", page.inner_text("body"))


@by_root
def test_grades_are_in_the_lecturer_s_gradebook_and_formgrader(returned):
    said = lecturer(returned, "python", "-m", "autograder", "report", OPTIONAL)
    assert (returned.home(LECTURER) / COURSE / f"{OPTIONAL}_report.html").exists(), said
    with open_page() as page:
        returned.log_in(page, LECTURER)
        page.goto(f"{returned.address}/user/{LECTURER}/formgrader/manage_submissions/{OPTIONAL}")
        page.get_by_text("10 / 10").first.wait_for()
        page.get_by_text(BOB).first.wait_for()


@by_root
def test_a_student_has_no_formgrader_and_no_access_to_the_course(released):
    with open_page() as page:
        released.log_in(page, BOB)
        page.get_by_role("menuitem", name="Nbgrader", exact=True).click()
        assert page.locator(".lm-Menu-itemLabel", has_text="Formgrader").count() == 0
        answer = page.goto(f"{released.address}/user/{BOB}/formgrader")
        assert answer.status == 404
    status, said = released.run(BOB, "ls", str(released.home(LECTURER) / COURSE))
    assert status and "Permission denied" in said
    status, said = released.run(BOB, "python", "-c", "import autograder; print(*autograder.__path__)")
    assert status == 0, said
    files = [path for folder in said.split() for path in Path(folder).rglob("*")]
    assert files and not [path for path in files if "hidden" in path.parts or path.suffix == ".ipynb"]


@by_root
def test_what_a_student_fetches_is_small_and_finds_its_pictures(released):
    status, said = released.run(BOB, "nbgrader", "fetch_assignment", ASSIGNMENT)
    assert status == 0, said
    folder = released.home(BOB) / ASSIGNMENT
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 1_000_000
    program = "from autograder import load_signs; print(load_signs()[0].shape)"
    status, said = released.run(BOB, "python", "-c", program, folder=ASSIGNMENT)
    assert status == 0 and "64, 64, 3" in said, said


@by_root
@pytest.mark.nightly
def test_a_server_that_nobody_uses_is_stopped():
    with Hub({"idle": "students"}, idle=20) as hub, open_page() as page:
        hub.log_in(page, IDLE)
        page.goto("about:blank")
        assert subprocess.run(["pgrep", "--uid", IDLE], stdout=subprocess.DEVNULL).returncode == 0
        wait_until(lambda: subprocess.run(["pgrep", "--uid", IDLE], stdout=subprocess.DEVNULL).returncode == 1, 120)
        assert f"Culling server {IDLE}" in hub.said()


def test_the_littlest_hub_gives_students_no_formgrader():
    config = Config()
    exec((ROOT / "deploy" / "tljh" / "course.py").read_text(), {"get_config": lambda: config})
    where = config.Spawner.environment["JUPYTER_CONFIG_PATH"]
    for admin, kind in ((True, "instructor"), (False, "student")):
        spawner = types.SimpleNamespace(user=types.SimpleNamespace(admin=admin))
        assert Path(where(spawner)).name == kind and (ROOT / "deploy" / "jupyterhub" / kind).is_dir()


def test_a_cluster_s_settings_are_read():
    values = yaml.safe_load((ROOT / "deploy" / "z2jh" / "values.yaml").read_text())
    files = {file["mountPath"]: file for file in values["singleuser"]["extraFiles"].values()}
    for name in ("jupyter_server_config.json", "labconfig/page_config.json"):
        assert files[f"/etc/jupyter/{name}"]["data"] == json.loads((ROOT / "deploy/jupyterhub/student" / name).read_text())
    for code in (values["hub"]["extraConfig"]["ngshare"], files["/etc/jupyter/nbgrader_config.py"]["stringData"]):
        compile(code, "values.yaml", "exec")
