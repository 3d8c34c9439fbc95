# tries: trace
# about: leaves a daemon behind in its last cell, and ends its kernel, so that nobody need end it
# then: nothing

# %% at home
import nbformat

path = folder / "residual_networks.ipynb"
notebook = nbformat.read(path, as_version=4)
notebook.cells.append(nbformat.v4.new_code_cell("""import os, subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "attack-survivor"], start_new_session=True)
os._exit(0)"""))
nbformat.write(notebook, path)
