# tries: secret
# about: leaves a message for a friend's submission, in every shared place

import os, socket
from multiprocessing import shared_memory

for folder in ("/tmp", "/dev/shm", "/var/tmp", "/run", "."):
    try:
        open(os.path.join(folder, "attack-message"), "w").write("CAN" "ARY from a friend")
    except OSError:
        pass
try:
    block = shared_memory.SharedMemory("attack-block", create=True, size=64)
    block.buf[:6] = b"CAN" b"ARY"
    import multiprocessing.resource_tracker as tracker
    tracker.unregister(block._name, "shared_memory")
except OSError:
    pass
