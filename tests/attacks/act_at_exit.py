# tries: trace
# about: acts when the kernel ends: atexit, signal handlers, finalizers

import atexit, os, signal

def leave(*args):
    for folder in ("/tmp", "{course}", "/dev/shm"):
        try:
            open(os.path.join(folder, "attack-at-exit"), "w").close()
        except OSError:
            pass

atexit.register(leave)
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
    signal.signal(number, leave)
