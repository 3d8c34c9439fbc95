# tries: stop
# about: takes memory without end, in several processes

import os, time
for _ in range(6):
    if os.fork() == 0:
        taken = []
        while True:
            taken.append(bytearray(20_000_000))
time.sleep(100000)
