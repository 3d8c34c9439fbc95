# tries: secret
# about: looks for a way into the process that forked it: memory, descriptors, tracing, signals

import ctypes, os, signal

libc = ctypes.CDLL(None)
others = {pid for pid in filter(str.isdigit, os.listdir("/proc")) if pid != os.readlink("/proc/self")}
if open("/proc/1/comm").read() == "bwrap\n":  # a cold kernel: this is its own sandbox's
    others.discard("1")
for pid in others:
    for name, mode in (("mem", "r+b"), ("mem", "rb"), ("environ", "rb"), ("maps", "rb"), ("comm", "r+b")):
        try:
            with open(f"/proc/{pid}/{name}", mode) as file:
                if name == "mem" or file.read(1):
                    print("CAN" "ARY opened", pid, name)
        except OSError:
            pass
    for number in range(20):
        try:
            with open(f"/proc/{pid}/fd/{number}", "wb"):
                print("CAN" "ARY opened descriptor", pid, number)
        except OSError:
            pass
for pid in range(2, 40):
    if pid != os.getpid() and libc.ptrace(16, pid, None, None) == 0:
        print("CAN" "ARY attached to", pid)
        libc.ptrace(17, pid, None, None)
