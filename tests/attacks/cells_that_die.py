# tries: stop
# about: adds 2,000 cells that end the kernel, each of which has it started again
# then: stop

# %% at home
import nbformat

path = folder / "residual_networks.ipynb"
notebook = nbformat.read(path, as_version=4)
notebook.cells += [nbformat.v4.new_code_cell("import os; os._exit(1)") for _ in range(2000 - len(notebook.cells))]
nbformat.write(notebook, path)
