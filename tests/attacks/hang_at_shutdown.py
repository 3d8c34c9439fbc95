# tries: stop
# about: does not let the kernel end

import atexit, signal, time
atexit.register(lambda: time.sleep(100000))
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, lambda *args: None)
