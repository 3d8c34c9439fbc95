"""The release notebooks in a real JupyterLab, in a real browser, as a student would use them.

Screenshots are kept in build/screenshots, where a person can look at them.
"""

import re
import shutil

import nbformat
import pytest

from tests.helpers.answers import read_case
from tests.helpers.browser import JupyterServer, choose, open_page, type_into, wait_until
from tests.helpers.submissions import ASSIGNMENT, QUICKER, ROOT, solution_cells
from tools import screenshots

pytestmark = pytest.mark.slow
LIMIT = 900  # seconds after which a notebook is taken to hang
SCREENSHOTS = ROOT / "build" / "screenshots"
NOTEBOOKS = ("vanishing_gradients.ipynb", "residual_networks.ipynb")


def student_folder(folder, cells):
    """What a student has, with the sources of some cells filled in, without most of the training: nbval waits for that."""
    shutil.copytree(ROOT / "release" / ASSIGNMENT, folder / ASSIGNMENT)
    shutil.copytree(ROOT / "data", folder / "data")
    fill(folder, cells, QUICKER)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return folder


def fill(folder, cells, replaced=None):
    """Write the notebooks of the release, with the sources of some cells, and what is `replaced` in all."""
    for path in (ROOT / "release" / ASSIGNMENT).glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            cell.source = cells.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
            for long, short in (replaced or {}).items():
                cell.source = cell.source.replace(long, short)
        nbformat.write(notebook, folder / ASSIGNMENT / path.name)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab that serves a student's folder with the solutions."""
    with JupyterServer(student_folder(tmp_path_factory.mktemp("solved"), solution_cells()), "lab") as server:
        yield server


@pytest.fixture(scope="module")
def fresh_lab(tmp_path_factory):
    """A JupyterLab that serves a student's folder as it was handed out."""
    with JupyterServer(student_folder(tmp_path_factory.mktemp("fresh"), {}), "lab") as server:
        yield server


def open_notebook(page, lab, name):
    page.goto(lab.url(f"lab/tree/{ASSIGNMENT}/{name}?reset"))
    wait_until(lambda: is_idle(lab, name), 60)


def is_idle(lab, name):
    return any(s["path"].endswith(name) and s["kernel"]["execution_state"] == "idle" for s in lab.get("api/sessions") or [])


def run_all(page, lab, name, seconds):
    """Open a notebook, choose Run All Cells, wait for the last cell, save; return the saved notebook."""
    open_notebook(page, lab, name)
    choose(page, "Run", "Run All Cells")
    path = lab.folder / ASSIGNMENT / name
    saved = {}

    def finished():
        if not is_idle(lab, name):  # saving takes long, and much of the machine
            return False
        page.keyboard.press("Control+s")
        try:
            saved["notebook"] = nbformat.read(path, as_version=4)
        except nbformat.reader.NotJSONError:  # JupyterLab is just writing it
            return False
        return all(cell.execution_count for cell in saved["notebook"].cells if cell.cell_type == "code")

    wait_until(finished, seconds)
    return saved["notebook"]


@pytest.mark.parametrize("name", [pytest.param(NOTEBOOKS[0], marks=pytest.mark.nightly), NOTEBOOKS[1]])
def test_a_notebook_runs_to_the_end_without_noise(lab, name):
    with open_page() as page:
        notebook = run_all(page, lab, name, LIMIT)
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                assert output.output_type != "error", output
                assert output.get("name") != "stderr", (cell.source, output)
        checks = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade")]
        assert checks and all("all steps are right" in c.outputs[0].data["text/html"] for c in checks)
        page.screenshot(path=SCREENSHOTS / f"{name}.png")


def test_validate_accepts_the_solution(lab):
    fill(lab.folder, solution_cells())  # Validate complains of locked cells that were changed
    with open_page() as page:
        open_notebook(page, lab, NOTEBOOKS[0])
        page.get_by_role("button", name="Validate").click()
        page.get_by_text("Success! Your notebook passes all the tests.").wait_for(timeout=120_000)
        page.screenshot(path=SCREENSHOTS / "validate.png")


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.nightly)])
def test_a_wrong_answer_is_explained_and_the_right_one_accepted(fresh_lab, scheme):
    _, wrong = read_case(ROOT / "tests" / "cases" / "identity_block" / "shortcut_saved_late.py")
    with open_page(color_scheme=scheme) as page:
        open_notebook(page, fresh_lab, NOTEBOOKS[1])
        if scheme == "dark":
            page.get_by_role("menuitem", name="Settings", exact=True).click()
            page.locator(".lm-Menu-itemLabel", has_text="Theme").first.hover()
            page.locator(".lm-Menu-itemLabel", has_text=re.compile("^JupyterLab Dark$")).click()
            page.locator("body[data-jp-theme-light=false]").wait_for()
        page.locator(".jp-CodeCell .cm-content", has_text="COLAB_RELEASE_TAG").first.click()
        for _ in range(2):  # the cells that import
            page.keyboard.press("Shift+Enter")
        page.get_by_text("✓ Python").wait_for(timeout=90_000)

        type_into(page, "def identity_block", wrong)
        page.keyboard.press("Shift+Enter")
        page.keyboard.press("Shift+Enter")
        page.get_by_text("First difference:", exact=True).wait_for(timeout=60_000)
        output = page.locator(".jp-CodeCell", has_text="check(identity_block)").locator(".jp-OutputArea").first
        assert "shortcut" in output.inner_text()
        assert output.locator("img").get_attribute("alt").startswith("The steps of the task, and those of your code")
        output.scroll_into_view_if_needed()
        page.screenshot(path=SCREENSHOTS / f"wrong_{scheme}.png")

        type_into(page, "def identity_block", solution_cells()["identity_block"])
        page.keyboard.press("Shift+Enter")
        page.keyboard.press("Shift+Enter")
        page.get_by_text("Identity block: all steps are right.").wait_for(timeout=60_000)
        output.scroll_into_view_if_needed()
        page.screenshot(path=SCREENSHOTS / f"right_{scheme}.png")

        type_into(page, "def identity_block", 'reset("identity_block")')
        page.keyboard.press("Control+Enter")
        page.locator(".jp-CodeCell .cm-content", has_text="raise NotImplementedError").first.wait_for(timeout=20_000)


@pytest.mark.nightly
def test_pictures_of_findings_are_taken_and_can_be_read(tmp_path):
    _, wrong = read_case(ROOT / "tests" / "cases" / "identity_block" / "shortcut_saved_late.py")
    lowest = screenshots.pictures([("identity_block", "source", wrong)], "dark", tmp_path)
    assert (tmp_path / "dark__identity_block__source.png").exists() and min(lowest.values()) >= screenshots.ASKED
