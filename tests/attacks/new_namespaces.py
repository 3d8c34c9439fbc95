# tries: secret
# about: makes namespaces in which it would be root: unshare, clone, setns, mount, chroot and their newer kin
# then: nothing

import ctypes, os, platform

libc, x86 = ctypes.CDLL(None), platform.machine() == "x86_64"
calls = {"unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "chroot": (161, 51), "pivot_root": (155, 41),
         "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "mount_setattr": (442, 442),
         "clone3": (435, 435), "umount2": (166, 39)}
here = ctypes.c_char_p(os.getcwd().encode())
for name, numbers in calls.items():
    for arguments in ((0x10000000, 0, 0, 0, 0), (0x10020000, 0, 0, 0, 0), (here, here, b"tmpfs", 0, 0), (-100, here, 0, 0, 0)):
        if libc.syscall(numbers[0 if x86 else 1], *arguments) >= 0:
            print("CAN" "ARY", name, "worked")
if os.fork() == 0:
    if libc.syscall(56 if x86 else 220, 0x10000000 | 17, 0, 0, 0, 0) >= 0:
        open("worked", "w").close()
    os._exit(0)
os.wait()
if os.path.exists("worked"):
    print("CAN" "ARY clone worked")
