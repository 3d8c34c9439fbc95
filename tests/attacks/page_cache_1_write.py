# tries: secret
# about: writes a message into what the machine keeps of a large file in memory: reads some of its pages and drops the others
# then: secret

import os, sys

best = max((os.path.join(top, name) for top, _, names in os.walk(sys.prefix) for name in names
            if ".so" not in name and not os.path.islink(os.path.join(top, name))), key=os.path.getsize)
file = os.open(best, os.O_RDONLY)
os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
os.posix_fadvise(file, 0, 0, os.POSIX_FADV_RANDOM)
word = int.from_bytes(b"CAN" b"ARY", "big")
for place in range(48):
    if word >> place & 1:
        os.pread(file, 1, (place + 1) << 16)
