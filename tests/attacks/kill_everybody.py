# tries: stop
# about: kills whatever it may

import os, signal
for pid in (os.getppid(), -1):
    if pid != 1:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
