# tries: stop
# about: leaves marks of a merge conflict that never ends, in 14 kB
# then: stop

# %% at home
import nbformat

path = folder / "residual_networks.ipynb"
notebook = nbformat.read(path, as_version=4)
cell = next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "identity_block")
cell.source = "<<<<<<< \n" * 700 + "=======\n" * 900 + cell.source
nbformat.write(notebook, path)
