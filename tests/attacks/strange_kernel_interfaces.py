# tries: secret
# about: opens what reaches deep into the operating system: io_uring, bpf, userfaultfd, perf events, its log
# then: nothing

import ctypes, platform

libc, x86 = ctypes.CDLL(None), platform.machine() == "x86_64"
block = ctypes.create_string_buffer(4096)
calls = {"io_uring_setup": (425, 425, 8, block), "bpf": (321, 280, 0, block, 128), "userfaultfd": (323, 282, 1),
         "perf_event_open": (298, 241, block, 0, -1, -1, 0), "fanotify_init": (300, 262, 0, 0),
         "kexec_load": (246, 104, 0, 0, 0, 0), "memfd_secret": (447, 447, 0), "quotactl": (179, 60, 0, 0, 0, 0),
         "landlock_create_ruleset": (444, 444, 0, 0, 1), "syslog": (103, 116, 3, block, 4096), "acct": (163, 89, 0)}
for name, (intel, arm, *arguments) in calls.items():
    if libc.syscall(intel if x86 else arm, *arguments) >= 0:
        print("CAN" "ARY", name, "worked")
