# tries: secret
# about: reads other processes' memory and descriptors by calls that need no /proc
# then: nothing

import ctypes, os, platform

libc, x86 = ctypes.CDLL(None), platform.machine() == "x86_64"
block = ctypes.create_string_buffer(64)
here, there = (ctypes.c_uint64 * 2)(ctypes.addressof(block), 64), (ctypes.c_uint64 * 2)(0x400000, 64)
for pid in range(1, 400):
    if pid == os.getpid():
        continue
    if libc.syscall(310 if x86 else 270, pid, here, 1, there, 1, 0) > 0:
        print("CAN" "ARY memory of", pid)
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        continue
    for number in range(40):
        if libc.syscall(438, handle, number, 0) >= 0:
            print("CAN" "ARY descriptor", number, "of", pid)
