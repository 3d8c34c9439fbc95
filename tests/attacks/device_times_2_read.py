# tries: secret
# about: looks for the message that another submission has left in the times of devices, terminals and folders
# then: secret

import os, sys

for path in ("/", "/dev", "/dev/null", "/dev/full", "/dev/tty", "/dev/pts", "/dev/pts/ptmx", "/proc", "/data", sys.prefix):
    if os.path.exists(path) and os.stat(path).st_mtime == 2_000_000_000 + {port}:
        print("CAN" "ARY in the times of", path)
    try:
        os.chmod(path, os.stat(path).st_mode & 0o7777)
        if path.startswith("/dev/") and "pts" not in path:
            print("CAN" "ARY could go into the mode of", path)
    except OSError:
        pass
