# tries: secret
# about: leaves a message in the times of devices, terminals and folders, which sandboxes might share
# then: secret

import os, sys

for path in ("/", "/dev", "/dev/null", "/dev/full", "/dev/tty", "/dev/pts", "/dev/pts/ptmx", "/proc", "/data", sys.prefix):
    try:
        os.utime(path, (2_000_000_000, 2_000_000_000 + {port}))
    except OSError:
        pass
