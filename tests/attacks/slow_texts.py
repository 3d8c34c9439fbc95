# tries: stop
# about: writes text cells that are slow to turn into a page: quotes in quotes, brackets, emphasis, tables, formulas
# then: nothing

# %% at home
import nbformat

path = folder / "residual_networks.ipynb"
notebook = nbformat.read(path, as_version=4)
for text in ("> " * 3000 + "x", "[" * 5000, "*a " * 5000, "![" * 3000 + "](" * 3000, "`" * 5000 + " " + "`" * 4999, "- " * 3000,
             "$" * 5001, "$" + "{" * 2000 + "$", "$" + "\\frac{" * 500 + "$", "|a" * 3000 + "\n" + "|-" * 3000, "<" * 5000,
             "<!--" * 2000, "&" * 5000, "\n" * 5000 + "x", "_" * 5000, "a@" * 3000, "http://" * 3000, "\\begin{a}" * 2000):
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell(text))
for code in ("\\\n" * 3000 + "x", "'''" + "\\N{" * 3000, "f'" + "{" * 3000, '"' * 5001, "0x" * 3000, "%%" * 3000, "!" * 3000, "@" * 3000):
    notebook.cells.insert(1, nbformat.v4.new_code_cell(code))
nbformat.write(notebook, path)
