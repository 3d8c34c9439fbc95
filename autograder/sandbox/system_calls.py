"""The system calls that a kernel may make, as a seccomp filter. All others do not exist for it (ENOSYS).

libseccomp writes the filter, in the grader; a kernel loads it before anything of a submission is unpacked. The calls were
chosen from Docker's default list (moby/profiles, seccomp/default.json), of which a Keras kernel needs these. Not among them,
beside what Docker leaves out: ptrace and process_vm_*, System V memory and message queues, inotify and fanotify,
name_to_handle_at, memory that nobody can look into (memfd_secret), waiting for the machine's disks (sync), new limits, and
locks and leases of files that kernels share. Nor what asks or tells the machine which parts of files are in memory: all
kernels share that, too.
"""

import ctypes
import functools
import os
import platform

from . import SandboxError

ALLOWED = """
accept accept4 access alarm arch_prctl bind brk capget chdir chmod chown clock_getres clock_gettime clock_nanosleep
close close_range connect copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait
epoll_pwait2 epoll_wait eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 fallocate fchdir
fchmod fchmodat fchmodat2 fchown fchownat fdatasync fgetxattr flistxattr fork fremovexattr fsetxattr fstat fstatfs fsync
ftruncate futex futex_requeue futex_wait futex_waitv futex_wake futimesat get_robust_list getcpu getcwd getdents
getdents64 getegid geteuid getgid getgroups getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom
getresgid getresuid getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid getxattr ioctl
ioprio_get kill lchown lgetxattr link linkat listen listxattr llistxattr lremovexattr lseek lsetxattr lstat madvise
map_shadow_stack membarrier memfd_create mkdir mkdirat mknod mknodat mlock mlock2 mmap mprotect mremap mseal
msync munlock munmap nanosleep newfstatat open openat openat2 pause pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc
pkey_free pkey_mprotect poll ppoll prctl pread64 preadv pselect6 pwrite64 pwritev pwritev2 read
readlink readlinkat readv recvfrom recvmmsg recvmsg removexattr rename renameat renameat2 restart_syscall rmdir rseq
rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo
sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
sched_rr_get_interval sched_yield select sendfile
sendmmsg sendmsg sendto set_robust_list set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid
setregid setresgid setresuid setreuid setsid setsockopt setuid setxattr shutdown sigaltstack signalfd signalfd4
socketpair splice stat statfs statx symlink symlinkat sync_file_range sysinfo tee tgkill time timer_create timer_delete
timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime timerfd_settime times tkill truncate umask
uname unlink unlinkat utime utimensat utimes vfork vmsplice wait4 waitid write writev
"""
NAMESPACES = 0x7E020000  # the flags of clone that make one
AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 1, 2, 10, 16  # the last is libzmq's, to look at interfaces
# Commands of fcntl: descriptors, flags, sizes of pipes, seals. No locks, leases and notices: by them a kernel could stop
# others at files that all of them read, or tell them something.
FCNTL = (0, 1, 2, 3, 4, 1030, 1032, 1033, 1034)
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # the only ones: calls in the manner of others end a kernel

ALLOW, NO_SUCH_CALL, END_PROCESS = 0x7FFF0000, 0x00050000 | 38, 0x80000000  # libseccomp's actions
ON_OTHER_ARCHITECTURES, OPTIMIZE, AS_A_TREE = 2, 8, 2  # its attributes
EQUAL, MASKED_EQUAL = 4, 7  # and comparisons


class _Comparison(ctypes.Structure):
    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


CONDITIONS = [  # a call, and what its arguments must be: their number, a comparison and its two values
    ("clone", [(0, MASKED_EQUAL, NAMESPACES, 0)]),
    *(("fcntl", [(1, EQUAL, command, 0)]) for command in FCNTL),
    ("prlimit64", [(2, EQUAL, 0, 0)]),  # no new limit
    # Only of the thread that calls, and the usual scheduling, which libzmq asks for: the first process of a namespace, which
    # ends the others, needs its share of the processor when it is killed.
    ("sched_setaffinity", [(0, EQUAL, 0, 0)]),
    ("sched_setscheduler", [(1, EQUAL, 0, 0)]),
    ("setpriority", [(0, EQUAL, 0, 0), (1, EQUAL, 0, 0)]),
    ("socket", [(0, EQUAL, AF_UNIX, 0)]),
    ("socket", [(0, EQUAL, AF_INET, 0)]),
    ("socket", [(0, EQUAL, AF_INET6, 0)]),
    ("socket", [(0, EQUAL, AF_NETLINK, 0), (2, EQUAL, 0, 0)]),
]


@functools.cache
def program(machine=None):
    """The filter as a compiled program, in bytes, for this machine or for one of ARCHITECTURES.

    Raises SandboxError where that cannot be had."""
    machine = machine or platform.machine()
    if machine not in ARCHITECTURES:
        raise SandboxError(
            f"Submissions can be sandboxed on {' and '.join(ARCHITECTURES)}, and this machine is {machine}. "
            "Grade on another one."
        )
    library = _library()
    context = library.seccomp_init(NO_SUCH_CALL)
    try:
        if machine != platform.machine():
            _check(library.seccomp_arch_add(context, ARCHITECTURES[machine]))
            _check(library.seccomp_arch_remove(context, 0))
        _check(library.seccomp_attr_set(context, ON_OTHER_ARCHITECTURES, END_PROCESS))
        library.seccomp_attr_set(context, OPTIMIZE, AS_A_TREE)  # not in libseccomp 2.4: slower, as safe
        for name in ALLOWED.split():
            _allow(library, context, name, [])
        for name, conditions in CONDITIONS:
            _allow(library, context, name, conditions)
        return _export(library, context)
    finally:
        library.seccomp_release(context)


def _library():
    try:
        library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    except OSError as error:
        raise SandboxError(
            "Kernels may make some system calls only, and libseccomp, which sees to that, is not installed. "
            "Install it: sudo apt-get install libseccomp2"
        ) from error
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    library.seccomp_release.argtypes = [ctypes.c_void_p]
    library.seccomp_arch_add.argtypes = library.seccomp_arch_remove.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
    library.seccomp_attr_set.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32]
    library.seccomp_export_bpf.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.POINTER(_Comparison),
    ]
    return library


def _allow(library, context, name, conditions):
    number = library.seccomp_syscall_resolve_name(name.encode())
    if number != -1:  # this libseccomp knows it; what an architecture does not have has another negative number
        comparisons = (_Comparison * len(conditions))(*conditions)
        _check(library.seccomp_rule_add_array(context, ALLOW, number, len(conditions), comparisons))


def _export(library, context):
    with os.fdopen(os.memfd_create("filter"), "r+b") as file:
        _check(library.seccomp_export_bpf(context, file.fileno()))
        file.seek(0)
        return file.read()


def _check(result):
    if result:
        raise SandboxError(f"libseccomp cannot write the filter of system calls: {os.strerror(-result)}")
