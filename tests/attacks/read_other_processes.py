# tries: secret
# about: prints the command lines of all processes

from pathlib import Path

for path in Path("/proc").glob("[0-9]*/cmdline"):
    try:
        print(path.read_text(errors="replace"))
    except OSError:
        pass
