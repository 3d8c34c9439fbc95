# tries: stop
# about: fills 40 cells with pictures that no compression makes smaller
# then: stop

# %% at home
import nbformat

path = folder / "residual_networks.ipynb"
notebook = nbformat.read(path, as_version=4)
code = """import base64, os
from IPython.display import display
display({"image/png": base64.b64encode(b"\\x89PNG\\r\\n\\x1a\\n" + os.urandom(2_900_000)).decode()}, raw=True)"""
notebook.cells += [nbformat.v4.new_code_cell(code) for _ in range(40)]
nbformat.write(notebook, path)
