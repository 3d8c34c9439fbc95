# tries: secret
# about: leaves a message in System V shared memory

import ctypes

libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
place = libc.shmget(4242, 64, 0o1666)
if place >= 0:
    ctypes.memmove(libc.shmat(place, None, 0), b"CAN" b"ARY", 6)
