"""The filter of system calls: what it says for each architecture, and what a kernel meets."""

import platform
import struct
import subprocess
import sys

import pytest

from autograder.sandbox import SandboxError, bubblewrap, provisioner, system_calls
from tests.helpers.kernels import WAYS, printed, run_cells

MACHINES = list(system_calls.ARCHITECTURES)
FORBIDDEN = {  # their numbers on x86_64 and aarch64
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "perf_event_open": (298, 241),
    "ptrace": (101, 117),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "unshare": (272, 97),
    "setns": (308, 268),
    "clone3": (435, 435),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "kexec_load": (246, 104),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "chroot": (161, 51),
    "init_module": (175, 105),
    "reboot": (169, 142),
    "sethostname": (170, 161),
    "inotify_init1": (294, 26),
    "fanotify_init": (300, 262),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "mq_open": (180, 180),
    "memfd_secret": (447, 447),
    "setrlimit": (160, 164),
    "sync": (162, 81),
    "flock": (73, 32),
    "seccomp": (317, 277),
    "fadvise64": (221, 223),
    "mincore": (27, 232),
    "readahead": (187, 213),
    "preadv2": (327, 286),
    "sched_setattr": (314, 274),
    "sched_setparam": (142, 118),
}
NUMBERS = {"x86_64": 0, "aarch64": 1}
CALLS = {
    "clone": (56, 220),
    "prlimit64": (302, 261),
    "socket": (41, 198),
    "fcntl": (72, 25),
    "read": (0, 63),
    "futex": (202, 98),
    "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119),
    "setpriority": (141, 140),
}
NO_SUCH_CALL, ALLOW, END = system_calls.NO_SUCH_CALL, system_calls.ALLOW, system_calls.END_PROCESS


def verdict(program, architecture, number, *arguments):
    """What a filter answers, by running it as the operating system does."""
    data = struct.pack("<iIQ6Q", number, architecture, 0, *(*arguments, *[0] * 6)[:6])
    instructions = list(struct.iter_unpack("<HBBI", program))
    position = value = 0
    while True:
        code, yes, no, constant = instructions[position]
        position += 1
        match code:
            case 0x20:
                value = struct.unpack_from("<I", data, constant)[0]
            case 0x54:
                value &= constant
            case 0x05:
                position += constant
            case 0x15 | 0x25 | 0x35:
                held = {0x15: value == constant, 0x25: value > constant, 0x35: value >= constant}[code]
                position += yes if held else no
            case 0x06:
                return constant
            case _:
                raise AssertionError(hex(code))


@pytest.mark.parametrize("machine", MACHINES)
def test_filter_answers(machine):
    program, own = system_calls.program(machine), system_calls.ARCHITECTURES[machine]

    def answer(name, *arguments):
        return verdict(program, own, {**FORBIDDEN, **CALLS}[name][NUMBERS[machine]], *arguments)

    assert [name for name in FORBIDDEN if answer(name) != NO_SUCH_CALL] == []
    assert answer("read") == answer("futex") == ALLOW
    assert answer("clone", 0x00010F00) == answer("clone", 17) == ALLOW  # a thread, a process
    for flag in (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
        assert answer("clone", flag | 17) == NO_SUCH_CALL
    # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC, F_GETPIPE_SZ, F_ADD_SEALS, F_GET_SEALS
    commands = [0, 1, 2, 3, 4, 1030, 1032, 1033, 1034]
    assert [command for command in range(2000) if answer("fcntl", 3, command) == ALLOW] == commands
    assert answer("prlimit64", 0, 7, 0, 1) == ALLOW
    assert answer("prlimit64", 0, 7, 1, 0) == NO_SUCH_CALL
    assert [family for family in range(64) if answer("socket", family, 1, 0) == ALLOW] == [1, 2, 10, 16]
    assert answer("socket", 16, 3, 12) == NO_SUCH_CALL  # netlink of another kind
    assert (
        answer("sched_setaffinity", 0, 8) == answer("sched_setscheduler", 0, 0) == answer("setpriority", 0, 0, 19) == ALLOW
    )
    of_others = ("sched_setaffinity", 1, 8), ("setpriority", 0, 1, 19), ("setpriority", 1, 1, 19), ("setpriority", 2, 0, 19)
    assert {answer(*call) for call in (*of_others, ("sched_setscheduler", 0, 5))} == {NO_SUCH_CALL}  # the last: idle
    for other in (*system_calls.ARCHITECTURES.values(), 0x40000003, 0x40000028):  # i386 and arm among them
        if other != own:
            assert verdict(program, other, 1) == END
    if machine == "x86_64":
        assert verdict(program, own, 0x40000000 | 39) == END  # x32


def test_other_machines_are_refused_in_words():
    with pytest.raises(SandboxError, match="x86_64 and aarch64, and this machine is riscv64"):
        system_calls.program("riscv64")


def test_nothing_is_graded_where_the_filter_cannot_be_made(monkeypatch):
    def refuse():
        raise SandboxError("libseccomp is not installed")

    monkeypatch.setattr(system_calls, "program", refuse)
    with pytest.raises(SandboxError, match="libseccomp"):
        bubblewrap.Sandbox().verify()


TRY = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
answers = {}
for name, number in %r.items():
    libc.syscall(number, 0, 0, 0, 0, 0)
    answers[name] = errno.errorcode.get(ctypes.get_errno())
print(answers)
"""
FILTERED = """
import glob
lines = [line for path in glob.glob("/proc/self/task/*/status") for line in open(path)]
print({line.split()[1] for line in lines if line.startswith("Seccomp:")})
"""
FOREIGN = """
import subprocess, sys
code = "import ctypes; ctypes.CDLL(None).syscall(0x40000000 | 39)"
print(subprocess.run([sys.executable, "-c", code]).returncode)
"""


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_a_kernel_has_no_forbidden_call(way, tmp_path):
    numbers = {name: pair[NUMBERS[platform.machine()]] for name, pair in FORBIDDEN.items()}
    found, filtered, foreign = run_cells([TRY % numbers, FILTERED, FOREIGN], tmp_path, way)
    assert eval(printed(found)) == dict.fromkeys(FORBIDDEN, "ENOSYS")
    assert printed(filtered) == "{'2'}"
    if platform.machine() == "x86_64":
        assert printed(foreign) == "-31"  # SIGSYS


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_a_kernel_trains(way, tmp_path):
    cells = [
        "import keras, numpy as np, multiprocessing, subprocess, sys",
        "model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3), keras.layers.Flatten(),"
        " keras.layers.Dense(2)])\nmodel.compile('adam', 'mse')\n"
        "print(len(model.fit(np.ones((8, 8, 8, 3)), np.ones((8, 2)), epochs=2, verbose=0).history['loss']))",
        "model.save('model.keras'); print(keras.models.load_model('model.keras').count_params() == model.count_params())",
        "print(multiprocessing.get_context('fork').Pool(2).map(abs, [1, -2]))",
        "print(subprocess.run([sys.executable, '-c', 'print(3)'], capture_output=True, text=True).stdout)",
    ]
    assert [printed(outputs) for outputs in run_cells(cells, tmp_path, way)[1:]] == ["2", "True", "[1, 2]", "3"]


def test_threads_are_counted_whatever_a_process_calls_itself():
    code = (
        "import ctypes, threading, time\n"
        "ctypes.CDLL(None).prctl(15, b'Threads:\\t1', 0, 0, 0)\n"
        "[threading.Thread(target=time.sleep, args=(60,), daemon=True).start() for _ in range(20)]\n"
        "print(flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert provisioner._threads(process) == 21
        process.kill()
