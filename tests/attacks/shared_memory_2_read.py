# tries: secret
# about: looks for a friend's message in every shared place

import os
from multiprocessing import shared_memory

for folder in ("/tmp", "/dev/shm", "/var/tmp", "/run", "."):
    path = os.path.join(folder, "attack-message")
    if os.path.exists(path):
        print(open(path).read())
        os.unlink(path)
try:
    block = shared_memory.SharedMemory("attack-block")
    print(bytes(block.buf[:6]).decode())
    block.unlink()
except OSError:
    pass
