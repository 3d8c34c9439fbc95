# tries: secret
# about: reads and writes what no namespace covers: mounts, keys, timers, core patterns, memory image, disks
# then: secret

for path in ("/proc/self/mountinfo", "/proc/mounts", "/proc/self/cgroup", "/proc/1/environ", "/proc/1/cmdline"):
    try:
        text = open(path).read()
        if any(word in text for word in ("submitted", "gradebook", "{course}", "{home}")):
            print("CAN" "ARY in", path, text[:500])
    except OSError:
        pass
for path in ("/proc/kcore", "/proc/kmsg", "/proc/keys", "/proc/timer_list", "/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/vda",
             "/dev/fuse", "/dev/kvm", "/dev/loop-control", "/sys/kernel/debug", "/sys/fs/cgroup/cgroup.procs"):
    try:
        if open(path, "rb").read(1):
            print("CAN" "ARY", path)
    except OSError:
        pass
for path in ("/proc/sys/kernel/core_pattern", "/proc/self/oom_score_adj", "/proc/self/timerslack_ns", "/proc/sysrq-trigger"):
    try:
        open(path, "w").write("0")
        print("CAN" "ARY wrote", path)
    except OSError:
        pass
