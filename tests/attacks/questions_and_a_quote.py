# tries: stop
# about: writes 600 lines that ask IPython for help, and one curly quote
# then: stop

# %% at home
import nbformat

path = folder / "residual_networks.ipynb"
notebook = nbformat.read(path, as_version=4)
cell = next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "identity_block")
cell.source = "x?\n" * 600 + "print(\u201chello\u201d)\n" + cell.source
nbformat.write(notebook, path)
