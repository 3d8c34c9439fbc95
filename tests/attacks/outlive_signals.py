# tries: trace
# about: leaves a process behind that ignores all signals that can be ignored

import os, signal, sys, time

if os.fork() == 0:
    os.setsid()
    for number in range(1, 64):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    os.execv(sys.executable, ["attack-survivor", "-c", "import time; time.sleep(300)"])
