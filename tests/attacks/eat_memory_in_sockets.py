# tries: stop
# about: fills the buffers of as many sockets as it can open, in several processes
# then: nothing

import os, socket, time

def fill():
    kept = []
    try:
        while True:
            pair = socket.socketpair()
            kept.append(pair)
            for end in pair:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
                end.setblocking(False)
                try:
                    while True:
                        end.send(bytes(1 << 16))
                except BlockingIOError:
                    pass
    except OSError:
        time.sleep(3)

for _ in range(5):
    if os.fork() == 0:
        fill()
        os._exit(0)
fill()
