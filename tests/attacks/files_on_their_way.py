# tries: stop
# about: lets senders of open files wait at full sockets, where they have been checked and are not counted: more are on their way than any limit, and no kernel can be forked
# expect: identity_block 0, convolutional_block 10, ResNet50 10
# then: stop

import array, os, socket, threading, time

rights = array.array("i", [os.open(os.devnull, os.O_RDONLY)] * 253)
pairs = []
for number in range(12):
    sender, receiver = (socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2))
    receiver.bind(f"\0full{number}")
    sender.connect(f"\0full{number}")
    count = 0
    try:
        while True:
            sender.send(b"x", socket.MSG_DONTWAIT)
            count += 1
    except BlockingIOError:
        pairs.append((sender, receiver, count))
for sender, _, _ in pairs:
    message = [b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)]
    threading.Thread(target=sender.sendmsg, args=message, daemon=True).start()
time.sleep(0.3)
for _, receiver, count in pairs:
    for _ in range(count):
        receiver.recv(1)
time.sleep(7)
