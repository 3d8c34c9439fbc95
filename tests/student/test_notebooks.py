"""The solution notebooks from the first cell to the last, as they are: nbval and the browser run quicker forms."""

import nbformat
import pytest
from nbclient import NotebookClient

from tests.helpers.submissions import ASSIGNMENT, QUICKER, ROOT

NOTEBOOKS = sorted((ROOT / "source" / ASSIGNMENT).glob("*.ipynb"))


@pytest.mark.nightly
@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_every_cell_runs_compiled_and_with_all_steps(path, monkeypatch):
    monkeypatch.setenv("RESIDUAL_NETWORKS_MINUTES", "0.02")
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.execution_count = None
    client = NotebookClient(
        notebook, timeout=600, skip_cells_with_tag="never", resources={"metadata": {"path": path.parent}}
    )
    client.execute()
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")


def test_what_nbval_runs_quicker_is_in_the_notebooks():
    text = "".join(cell.source for path in NOTEBOOKS for cell in nbformat.read(path, as_version=4).cells)
    assert all(text.count(long) == 1 for long in QUICKER)
