# tries: stop
# about: never ends and cannot be interrupted

import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
while True:
    pass
