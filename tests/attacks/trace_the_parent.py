# tries: secret
# about: attaches to its parent by ptrace and reads it

import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
for pid in {os.getppid(), 1, *range(max(2, os.getpid() - 5), os.getpid())} - {os.getpid()}:
    if pid > 0 and libc.ptrace(16, pid, None, None) == 0 and pid not in (1, os.getppid()):
        print("CAN" "ARY attached to", pid)
        libc.ptrace(17, pid, None, None)
    buffer = ctypes.create_string_buffer(64)
