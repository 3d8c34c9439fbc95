# tries: secret
# about: prints its own environment, and every other that it can read

import os
from pathlib import Path

print(dict(os.environ))
for path in Path("/proc").glob("[0-9]*/environ"):
    try:
        print(path.read_text(errors="replace"))
    except OSError:
        pass
