# tries: secret
# about: makes its system calls as 32-bit programs and as x32 do, to pass by the filter
# then: nothing

import ctypes, mmap, os, platform

def in_a_child(act):
    if os.fork() == 0:
        try:
            act()
        finally:
            os._exit(0)
    os.wait()

def by_interrupt():  # unshare(CLONE_NEWUSER)
    code = mmap.mmap(-1, 4096, prot=7)
    code.write(bytes.fromhex("53 b8 36010000 bb 00000010 31c9 31d2 31f6 cd80 5b c3"))
    if ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))() == 0:
        open("worked", "w").write("int 0x80")

def by_x32():
    if ctypes.CDLL(None).syscall(0x40000000 | 272, 0x10000000) == 0:
        open("worked", "w").write("x32")

if platform.machine() == "x86_64":
    in_a_child(by_interrupt)
    in_a_child(by_x32)
if os.path.exists("worked"):
    print("CAN" "ARY by", open("worked").read())
