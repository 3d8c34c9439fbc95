"""The sandbox in which submissions run: what they see, what they may use, and the bubblewrap command that makes it.

A kernel sees the Python installation, the image data and this package, all read-only, and a private folder in memory
with the submission's files: no other file, no network, no process and no environment of the grader's.
"""

import math
import os
import shutil
import site
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from traitlets import Bool, Enum, Integer, List, Unicode
from traitlets.config import LoggingConfigurable

from .. import GRADER
from . import SandboxError, system_calls

MB = 1_000_000
PACKAGE = Path(__file__).parent.parent
SOLUTIONS = PACKAGE / "source"  # in an instructor's installation
SCRATCH = "/scratch"  # the folder inside in which a kernel can write; Python itself may be installed under /tmp
SHARED_MEMORY_BYTES = 64 * MB  # size of /dev/shm
THREADS_PER_PROCESS = 16  # that is allowed: TensorFlow starts many
LEAST_FILES = 128  # that a process may open on any machine; an honest kernel has some sixty
WATCHES_SHARE = 4  # a kernel can have one part in so many of its user's epoll watches
THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTEROP_THREADS", "TF_NUM_INTRAOP_THREADS")
# bubblewrap's options. A kernel is root inside, without a capability and without anything that root owns: so the namespaces
# belong to one user namespace, and what runs first in them can give a kernel a /proc of its own (see inside.py).
NAMESPACES = "--unshare-all --unshare-user --uid 0 --gid 0 --hostname kernel --new-session --clearenv"
RIGHTS = "--as-pid-1 --cap-drop ALL --cap-add CAP_SYS_ADMIN --cap-add CAP_SETPCAP --cap-add CAP_SYS_RESOURCE"
# About the whole machine, and no namespace's; the last five can be read where root grades.
MASKED = ["keys", "key-users", "timer_list", "kpagecount", "kpageflags", "kpagecgroup", "slabinfo", "vmallocinfo"]


class Sandbox(LoggingConfigurable):
    """What a kernel may see and use while nbgrader grades."""

    sandbox = Enum(
        ["bubblewrap", "user", "none"],
        "bubblewrap",
        help=(
            "'user' runs kernels as the user `Sandbox.user`: for a container that is made for one submission and does not "
            "let bubblewrap work. 'none' runs submissions with all your rights: they can read and change what you can"
        ),
    ).tag(config=True)
    user = Unicode(
        "residual-networks-kernel", help=("With sandbox = 'user': a user with no rights, who runs nothing else")
    ).tag(config=True)
    warm = Bool(
        True, help=("Fork kernels from one process that has imported TensorFlow, instead of importing it in each")
    ).tag(config=True)
    keep_warm = Integer(
        300, help=("Seconds for which that process waits for the next command of yours, when the last one has ended")
    ).tag(config=True)
    memory = Integer(4000, help="Memory of a kernel with all its processes, in MB").tag(config=True)
    disk = Integer(500, help="Size of the folder in which a kernel can write, in MB").tag(config=True)
    processes = Integer(64, help="Number of processes of a kernel").tag(config=True)
    files = Integer(512, help="Number of files that a process of a kernel may open").tag(config=True)
    output = Integer(20, help="Output of one cell, in MB").tag(config=True)
    messages = Integer(10_000, help="Messages of one cell: a flood of small ones must end before the time of the cell").tag(
        config=True
    )
    data = Unicode(
        "data", help=("A folder that notebooks may read, relative to the course directory; they find it as they do at home")
    ).tag(config=True)
    withheld = List(
        Unicode(),
        ["*.ipynb", "exercises/*.json", "weights/*", "matplotlibrc"],
        help=(
            "Files of a submission's folder that a kernel does not get: `check` needs no reference while nbgrader grades, "
            "nothing is trained, and warm kernels have read matplotlib's settings already"
        ),
    ).tag(config=True)
    environment = List(
        Unicode(),
        ["KERAS_BACKEND", "TF_ENABLE_ONEDNN_OPTS", *THREADS],
        help=("Names of the environment variables that a kernel gets from the grader's environment"),
    ).tag(config=True)

    def command(self, *arguments, outlives=False, scratch=SCRATCH):
        """The command line that runs Python with some arguments in a new sandbox.

        outlives: whether it goes on when the process that starts it ends.
        scratch: the folder in which it can write, as it sees it."""
        variables = {
            "HOME": f"{scratch}/home",
            "TMPDIR": scratch,
            "LANG": "C.UTF-8",
            "PATH": os.path.dirname(sys.executable),
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # as Jupyter sets it, before anything is imported
            "HDF5_USE_FILE_LOCKING": "FALSE",  # there is no flock: see system_calls
            "NBGRADER_EXECUTION": "autograde",
            GRADER: "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            **dict.fromkeys(THREADS, "1"),  # several kernels run side by side, and what they compute is small
            **{name: os.environ[name] for name in self.environment if name in os.environ},
        }
        python = (sys.executable, *arguments)
        if self.sandbox == "user":
            settings = (f"{name}={value}" for name, value in variables.items())
            return self.user_command(scratch, "/usr/bin/env", *settings, *python)
        command = [_bubblewrap(), *NAMESPACES.split(), *RIGHTS.split(), *([] if outlives else ["--die-with-parent"])]
        installation = _python_installation()
        for path in installation:
            command += ["--symlink", os.readlink(path), path] if os.path.islink(path) else ["--ro-bind", path, path]
        if SOLUTIONS.is_dir():
            command += ["--size", "4096", "--tmpfs", str(SOLUTIONS), "--remount-ro", str(SOLUTIONS)]
        if Path(self.data).is_dir():
            command += ["--ro-bind", str(Path(self.data).resolve()), "/data"]
        command += ["--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
        for path, size in self.memory_folders().items():
            command += ["--size", str(size), "--tmpfs", path]
        command += ["--chdir", SCRATCH]
        if not any(path.startswith("/tmp/") for path in installation):
            command += ["--symlink", SCRATCH, "/tmp"]
        for name, value in variables.items():
            command += ["--setenv", name, value]
        return [*command, "--remount-ro", "/", "--", *python]

    def memory_folders(self):
        """The folders in memory in which a kernel can write: their sizes in bytes, by path."""
        return {"/dev/shm": SHARED_MEMORY_BYTES, SCRATCH: self.disk * MB}

    def user_command(self, folder, *command):
        """The command line that runs a command in a folder, as the user for kernels and without any rights."""
        return [
            "/usr/bin/env",
            "-i",
            "-C",
            folder,
            "setpriv",
            "--reuid",
            self.user,
            "--regid",
            self.user,
            "--clear-groups",
            "--inh-caps=-all",
            "--bounding-set=-all",
            "--no-new-privs",
            "--pdeathsig",
            "KILL",
            *command,
        ]

    def make_scratch(self):
        """The folder in which a new kernel can write, as it sees it: made now, unless that is the sandbox's business."""
        if self.sandbox != "user":
            return SCRATCH
        folder = Path(tempfile.mkdtemp(prefix="kernel-"))
        (folder / "scratch").mkdir()
        if Path(self.data).is_dir():  # found in a folder above the notebook's
            shutil.copytree(self.data, folder / "data", copy_function=shutil.copyfile)
        folder.chmod(0o755)
        shutil.chown(folder / "scratch", self.user)
        return str(folder / "scratch")

    @property
    def most_tasks(self):
        """Processes and threads that a kernel may have."""
        return THREADS_PER_PROCESS * self.processes

    @property
    def most_files(self):
        """Files that a process of a kernel may open: so few that one kernel, all of whose processes watch all their files
        for readiness as often as they can, leaves the grader most of what a user's processes share (epoll(7))."""
        try:
            watches = int(Path("/proc/sys/fs/epoll/max_user_watches").read_text())
        except (OSError, ValueError):
            return self.files
        return min(self.files, max(LEAST_FILES, 2 * math.isqrt(watches // WATCHES_SHARE // self.processes)))

    def limits(self):
        """The limits that a kernel process sets for itself and its children before it runs anything else."""
        return {
            "RLIMIT_CORE": 1,  # byte: with 0, a crash would still run the machine's program for core dumps
            "RLIMIT_NOFILE": self.most_files,
            "RLIMIT_FSIZE": self.disk * MB,
            "RLIMIT_NPROC": self.most_tasks,  # it counts threads
            "RLIMIT_SIGPENDING": 1000,  # this and what follows is counted for the user, not for the sandbox
            "RLIMIT_MSGQUEUE": 0,
            "RLIMIT_MEMLOCK": 64_000,
            "RLIMIT_RTPRIO": 0,
        }

    def verify(self):
        """Raise SandboxError if kernels cannot be sandboxed here; say so if they are not to be."""
        if self.sandbox == "none":
            self.log.warning("!" * 100)
            self.log.warning(
                "SUBMISSIONS RUN WITHOUT A SANDBOX (c.Sandbox.sandbox = 'none'): they can read and "
                "change whatever you can, the gradebook and the solutions included."
            )
            self.log.warning("!" * 100)
            return
        if sys.platform != "linux":
            raise SandboxError(
                "Submissions can be sandboxed on Linux only. Grade in a container instead: see docs/deployments.md."
            )
        if self.sandbox == "user" and os.getuid() != 0:
            raise SandboxError("Only root can run kernels as another user (c.Sandbox.sandbox = 'user').")
        if self.sandbox == "user" and SOLUTIONS.is_dir():
            raise SandboxError(f"Another user could read the solutions in {SOLUTIONS}. Install the students' wheel here.")
        system_calls.program()
        # bubblewrap gets no environment: its first process would show it to everybody inside
        tried = subprocess.run(
            self.command("-I", "-S", "-c", "", scratch="/"), stdin=subprocess.DEVNULL, capture_output=True, text=True, env={}
        )
        if tried.returncode and self.sandbox == "user":
            raise SandboxError(
                f"Kernels cannot run as the user {self.user} ({tried.stderr.strip()[-300:]}). "
                f"Is there such a user? useradd --system --no-create-home {self.user}"
            )
        if tried.returncode:
            raise SandboxError(explain(tried.stderr))


def _bubblewrap():
    path = shutil.which("bwrap")
    if path is None:
        raise SandboxError(
            "Submissions are run in a sandbox, and bubblewrap, which makes it, is not installed. "
            "Install it: sudo apt-get install bubblewrap"
        )
    return path


def masked():
    """Files of /proc that a kernel finds empty, of those that this machine has."""
    return [path for path in (f"/proc/{name}" for name in MASKED) if os.path.exists(path)]


def explain(stderr):
    """What to do about a sandbox that did not start, from what it said."""
    said = stderr.strip()[-500:]
    if "Unknown option" in said:
        return f"bubblewrap is too old (0.8 or newer is needed): sudo apt-get install --only-upgrade bubblewrap ({said})"
    if "namespace" in said or "not permitted" in said or "uid map" in said.lower():
        if in_container():
            return (
                "This container does not let bubblewrap make a sandbox. Start it with --security-opt seccomp=unconfined "
                "--security-opt apparmor=unconfined --security-opt systempaths=unconfined (podman: --security-opt "
                f"seccomp=unconfined --security-opt unmask=ALL) ({said})"
            )
        return (
            "This machine does not let bubblewrap make a sandbox. Allow it with "
            f"sudo sysctl -w {' '.join(_switches())} ({said})"
        )
    return f"The sandbox does not start: {said}"


def in_container():
    """Whether this is a container: Docker's, podman's, or one that says so to its first process."""
    if any(os.path.exists(path) for path in ("/.dockerenv", "/run/.containerenv")):
        return True
    try:
        return b"\0container=" in b"\0" + Path("/proc/1/environ").read_bytes()
    except OSError:
        return "kubepods" in Path("/proc/self/cgroup").read_text() or os.path.exists("/var/run/secrets/kubernetes.io")


def _switches():
    """The settings of the system that keep users from making namespaces, of those that it has."""
    switches = {"kernel.unprivileged_userns_clone": 1, "kernel.apparmor_restrict_unprivileged_userns": 0}
    known = [f"{n}={v}" for n, v in switches.items() if os.path.exists(f"/proc/sys/{n.replace('.', '/')}")]
    return known or ["user.max_user_namespaces=15000"]


def _python_installation():
    """Files and folders without which Python cannot run: nothing of the course, and nobody's home."""
    paths = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/etc/localtime"]
    folders = {sys.prefix, str(PACKAGE), site.getusersitepackages() if site.ENABLE_USER_SITE else sys.prefix}
    if sys.base_prefix in ("/usr", "/usr/local"):
        folders |= {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), "/usr/local/lib"}
    else:
        folders.add(sys.base_prefix)
    folders -= {"/usr"}
    chain = [sys.executable]  # each link on the way from the virtual environment to the program is needed
    while os.path.islink(chain[-1]):
        chain.append(os.path.join(os.path.dirname(chain[-1]), os.readlink(chain[-1])))
    paths += [path for path in chain if not any(path.startswith(f"{folder}/") for folder in folders)]
    paths += sorted(folders)
    return [path for path in paths if os.path.lexists(path)]
