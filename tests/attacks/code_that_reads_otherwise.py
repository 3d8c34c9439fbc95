# tries: stop
# about: writes into code, and beside it, characters that turn the direction of a line, hide or change a terminal
# then: stop

# %% at home
import nbformat

path = folder / "residual_networks.ipynb"
notebook = nbformat.read(path, as_version=4)
for text in ("x = 1  # \u202e\u2066 check \u2069", "y = '\x1b[2J\x1b]0;pwned\x07'", "z = 1\x0c\x0b# page", "# a\u200bb \u2028 c", "'\x00\x9b'"):
    notebook.cells.append(nbformat.v4.new_code_cell(text))
    notebook.cells.append(nbformat.v4.new_raw_cell(text))
nbformat.write(notebook, path)
