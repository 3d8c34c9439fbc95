# tries: stop
# about: opens all terminals that the machine has to give, and keeps them in processes of its own
# expect: identity_block 0, convolutional_block 10, ResNet50 10
# then: nothing

import os, time

kept = []
for _ in range(6):
    if os.fork() == 0:
        try:
            while True:
                kept.append(os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY))
        except OSError:
            time.sleep(6)
        os._exit(0)
time.sleep(6)
