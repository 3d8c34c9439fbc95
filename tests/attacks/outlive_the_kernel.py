# tries: trace
# about: leaves a daemon behind

import os, sys

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv(sys.executable, ["attack-survivor", "-c", "import time; time.sleep(300)"])
    os._exit(0)
