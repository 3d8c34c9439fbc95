# tries: stop
# about: writes into what the first process of its sandbox has open, where the grader listens, and ends itself
# expect: identity_block 0, convolutional_block 10, ResNet50 10
# then: nothing

import os

for number in range(64):
    for path in (f"/proc/1/fd/{number}", f"/proc/1/task/1/fd/{number}"):
        try:
            with open(os.open(path, os.O_WRONLY | os.O_NONBLOCK), "wb", buffering=0) as file:
                file.write(b'{"child-pid": 1}\n\x1b]0;FORGED\x07\nFORGED\n' * 2000)
        except OSError:
            continue
os._exit(3)
