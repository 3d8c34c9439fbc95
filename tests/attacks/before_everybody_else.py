# tries: stop
# about: gets itself the highest priority, and keeps all processors busy
# then: nothing

import ctypes, os, time

libc = ctypes.CDLL(None)
for act in (lambda: os.setpriority(os.PRIO_PROCESS, 0, -20), lambda: os.setpriority(os.PRIO_USER, 0, 19),
            lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(99)), lambda: os.sched_setaffinity(1, {0}),
            lambda: libc.prctl(29, 1), lambda: libc.prctl(1, 0), lambda: libc.prctl(36, 1)):
    try:
        act()
    except OSError:
        pass
for _ in range(8):
    if os.fork() == 0:
        end = time.monotonic() + 3
        while time.monotonic() < end:
            pass
        os._exit(0)
