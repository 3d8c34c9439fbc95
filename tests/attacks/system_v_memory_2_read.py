# tries: secret
# about: reads the message in System V shared memory

import ctypes

libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
place = libc.shmget(4242, 64, 0o666)
if place >= 0:
    print(ctypes.string_at(libc.shmat(place, None, 0), 6).decode())
    libc.shmctl(place, 0, None)
