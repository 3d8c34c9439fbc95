# tries: stop
# about: stops its own process, without ending it

import os, signal
os.kill(os.getpid(), signal.SIGSTOP)
