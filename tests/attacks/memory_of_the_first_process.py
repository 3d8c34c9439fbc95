# tries: secret
# about: looks into the first process of its sandbox, which has no filter where the kernel is cold: its environment, memory, files
# then: nothing

import os, re

for path in ("/proc/1/environ", "/proc/1/cmdline", "/proc/1/cwd", "/proc/1/root/..", "/proc/1/map_files"):
    try:
        text = open(path, "rb").read() if os.path.isfile(path) else " ".join([os.readlink(path), *os.listdir(path)]).encode()
        if re.search(rb"{course}|{home}|gradebook|submitted|CANARY", text):
            print("CAN" "ARY", path, text[:300])
    except OSError:
        continue
for number in range(64):
    try:
        with open(f"/proc/1/fd/{number}", "rb") as file:
            if os.path.isfile(f"/proc/1/fd/{number}") and b"CANARY" in file.read(1 << 24):
                print("CAN" "ARY in", number)
    except OSError:
        continue
for path in ("/proc/1/mem", "/proc/1/clear_refs"):
    try:
        os.close(os.open(path, os.O_RDWR))
        print("CAN" "ARY: can be written to:", path)
    except OSError:
        continue
try:
    with open("/proc/1/mem", "rb", buffering=0) as memory:
        for line in open("/proc/1/maps"):
            start, end = (int(number, 16) for number in line.split()[0].split("-"))
            if "rw" in line and end - start < 1 << 24:
                memory.seek(start)
                found = re.search(rb"{course}/\w+|CANARY-\w+", memory.read(end - start))
                if found:
                    print("CAN" "ARY", found.group())
except (OSError, ValueError):
    pass
