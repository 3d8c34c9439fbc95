"""Runs cells in sandboxed kernels, as grading does."""

import nbformat
from nbgrader.utils import setenv
from traitlets.config import Config

from autograder.grading.execute import ExecuteByQuestion
from tests.helpers.submissions import ROOT

WAYS = ("warm", "cold")


def run_cells(cells, folder, way="warm", **settings):
    """The cells' outputs, each a list, after the notebook ran in `folder` in a kernel that is started warm or cold.

    settings: of `Sandbox` and `ExecuteByQuestion`, by their names."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    sandbox = {"warm": way == "warm", "data": str(ROOT / "data")}
    execute = {}
    for name, value in settings.items():
        (execute if name in ("timeout", "notebook_timeout") else sandbox)[name] = value
    config = Config({"Sandbox": sandbox, "ExecuteByQuestion": execute})
    with setenv(NBGRADER_EXECUTION="autograde"):
        ExecuteByQuestion(config=config).preprocess(notebook, {"metadata": {"path": str(folder)}})
    return [cell.outputs for cell in notebook.cells]


def printed(outputs):
    """All text of a cell's outputs: what was printed, shown and raised."""
    said = []
    for output in outputs:
        said.append(output.get("text") or output.get("data", {}).get("text/plain") or "")
        said.append(" ".join([output.get("ename", ""), output.get("evalue", "")]).strip())
    return "".join(said).strip()
