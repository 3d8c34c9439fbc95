# tries: trace
# about: leaves start-up files for IPython and Python in the home

import os
from pathlib import Path

for home in {os.path.expanduser("~"), "{home}"}:
    for name in (".ipython/profile_default/startup/attack.py", ".local/lib/python3.11/site-packages/usercustomize.py",
                 ".jupyter/jupyter_config.py", ".bashrc", ".config/matplotlib/matplotlibrc"):
        try:
            (Path(home) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(home) / name).write_text("# attack\n")
        except OSError:
            pass
