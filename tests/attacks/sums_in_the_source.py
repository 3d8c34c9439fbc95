# tries: stop
# about: writes a sum of 600 terms, brackets in brackets and signs before signs, for whoever parses them
# then: stop

# %% at home
import nbformat

path = folder / "residual_networks.ipynb"
notebook = nbformat.read(path, as_version=4)
for source in (" + ".join(["1"] * 600), " + ".join(["1"] * 9000), "[" * 150 + "]" * 150, "-" * 5000 + "1", "x" + ".x" * 9000,
               "f'{" * 100 + "1" + "}'" * 100, "if 1:\n" + "".join(" " * n + "if 1:\n" for n in range(1, 98)), "lambda: " * 2000 + "1"):
    notebook.cells.insert(2, nbformat.v4.new_code_cell(f"def f():\n    return {source}" if "if 1" not in source else source))
nbformat.write(notebook, path)
