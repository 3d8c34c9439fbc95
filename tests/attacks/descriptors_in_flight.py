# tries: stop
# about: sends open files to itself and never takes them: all kernels share how many may be on their way, and need it to start
# expect: identity_block 0, convolutional_block 10, ResNet50 10
# then: nothing

import array, os, socket, time

null, kept = os.open(os.devnull, os.O_RDONLY), []
def send():
    sender, receiver = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    kept.extend((sender, receiver))
    for count in (253, 20, 1):
        try:
            while True:
                rights = array.array("i", [null] * count)
                sender.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)], socket.MSG_DONTWAIT)
        except OSError:
            continue

until = time.monotonic() + 7
while time.monotonic() < until:
    try:
        send()
    except OSError:
        pass
    time.sleep(0.05)
