# tries: stop
# about: takes memory in files that have no name

import os
files = []
while True:
    files.append(os.memfd_create("attack"))
    try:
        for _ in range(20):
            os.write(files[-1], bytes(20_000_000))
    except OSError:
        pass
