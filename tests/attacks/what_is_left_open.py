# tries: secret
# about: reads whatever descriptors its process has from those above it
# then: nothing

import os, stat

for number in range(3, 256):
    try:
        kind, status = os.readlink(f"/proc/self/fd/{number}"), os.fstat(number)
        if stat.S_ISDIR(status.st_mode):
            print("CAN" "ARY folder:", os.listdir(number))
        if stat.S_ISREG(status.st_mode) and b"CANARY" in os.pread(number, 1 << 24, 0):
            print("CAN" "ARY in", kind)
    except OSError:
        continue
    if any(word in kind for word in ("request", "submitted", ".db", "{course}", "{home}")):
        print("CAN" "ARY open:", number, kind)
