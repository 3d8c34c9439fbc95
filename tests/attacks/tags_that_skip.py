# tries: points
# about: tags all cells as ones to skip, to remove and to hide, and adds some whose tags mean something to others
# then: nothing

# %% at home
import nbformat

path = folder / "residual_networks.ipynb"
notebook = nbformat.read(path, as_version=4)
for cell in notebook.cells:
    cell.metadata["tags"] = ["skip-execution", "remove_cell", "remove-output", "raises-exception", "hide-input", "parameters"]
    cell.metadata["jupyter"] = {"source_hidden": True, "outputs_hidden": True}
notebook.cells.insert(0, nbformat.v4.new_code_cell("raise SystemExit", metadata={"tags": ["raises-exception", "skip-execution"]}))
nbformat.write(notebook, path)
