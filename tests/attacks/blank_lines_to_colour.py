# tries: stop
# about: adds code cells of blank lines, which take a page's reader of Python the square of their number
# then: stop

# %% at home
import nbformat

path = folder / "residual_networks.ipynb"
notebook = nbformat.read(path, as_version=4)
for blank in ("\n", " \n"):
    for _ in range(9):
        notebook.cells.append(nbformat.v4.new_code_cell("a" + blank * (12_000 // len(blank)) + "a"))
nbformat.write(notebook, path)
