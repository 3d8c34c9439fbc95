# tries: trace
# about: writes the machine's kernel settings, with which a crash would run a program outside

from pathlib import Path

for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/vm/overcommit_memory",
             "/proc/sysrq-trigger", "/sys/kernel/uevent_helper"):
    try:
        with open(path, "r+"):
            print("CAN" "ARY can write", path)
    except OSError as error:
        print(error)
