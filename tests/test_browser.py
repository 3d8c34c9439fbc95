"""The release notebooks in a real JupyterLab, in a real browser, with the solutions filled in."""
import shutil
import time

import nbformat
import pytest

from .browser import JupyterServer, open_page, wait_until
from .submissions import ASSIGNMENT, ROOT, solution_cells

pytestmark = pytest.mark.slow
LIMIT = 360         # seconds for both notebooks


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab that serves a student's folder."""
    folder = tmp_path_factory.mktemp("student")
    shutil.copytree(ROOT / "release" / ASSIGNMENT, folder / ASSIGNMENT)
    shutil.copytree(ROOT / "data", folder / "data")
    for path in (folder / ASSIGNMENT).glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            cell.source = solution_cells().get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
        nbformat.write(notebook, path)
    with JupyterServer(folder, "lab") as server:
        yield server


def run_all(page, lab, name, seconds):
    """Open a notebook, choose Run All Cells, wait for the last cell, save; return the saved notebook."""
    page.goto(lab.url(f"lab/tree/{ASSIGNMENT}/{name}?reset"))
    wait_until(lambda: any(s["path"].endswith(name) and s["kernel"]["execution_state"] == "idle"
                           for s in lab.get("api/sessions") or []), 60)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator(".lm-Menu-itemLabel", has_text="Run All Cells").first.click()
    path = lab.folder / ASSIGNMENT / name

    saved = {}

    def finished():
        page.keyboard.press("Control+s")
        try:
            saved["notebook"] = nbformat.read(path, as_version=4)
        except nbformat.reader.NotJSONError:        # JupyterLab is just writing it
            return False
        return all(cell.execution_count for cell in saved["notebook"].cells if cell.cell_type == "code")

    wait_until(finished, seconds)
    return saved["notebook"]


def test_both_notebooks_run_to_the_end_without_noise(lab, tmp_path):
    start = time.monotonic()
    with open_page() as page:
        for name in ("vanishing_gradients.ipynb", "residual_networks.ipynb"):
            notebook = run_all(page, lab, name, LIMIT)
            for cell in notebook.cells:
                for output in cell.get("outputs", []):
                    assert output.output_type != "error", output
                    assert output.get("name") != "stderr", (cell.source, output)
            checks = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade")]
            assert checks and all("all steps are right" in c.outputs[0].data["text/html"] for c in checks)
            page.screenshot(path=tmp_path / f"{name}.png")
    assert time.monotonic() - start < LIMIT
