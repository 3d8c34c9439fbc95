# tries: secret
# about: signals every process that it can reach, to be noticed by one of them

import os, signal

for pid in range(2, 70000):
    if pid != os.getpid():
        try:
            os.kill(pid, signal.SIGWINCH)
            if not os.path.exists(f"/proc/{pid}/task/{os.getpid()}") and pid < os.getpid() - 200:
                print("CAN" "ARY reached", pid)
        except OSError:
            pass
