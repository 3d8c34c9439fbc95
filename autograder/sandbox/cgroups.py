"""Control groups, where this user may make them: they stop a fork bomb before it is one, and count memory that belongs
to no process. Without them the watchdog in `provisioner.py` does what it can.
"""

import contextlib
import itertools
import os
import re
import time
from pathlib import Path

PREFIX = "residual-networks-kit-"
ROOT = Path("/sys/fs/cgroup")
_numbers = itertools.count()


class ControlGroup:
    """A group for one sandbox, which also shares the processors fairly with the grader. `entry` lists the files into which
    a process writes "0" to be in it: none, if there are no control groups to be had."""

    def __init__(self, tasks, memory):
        """tasks: processes and threads; memory: bytes."""
        self.folders = []
        limits = {"pids": {"pids.max": tasks}, "cpu": {}, "memory": {"memory.limit_in_bytes": memory, "memory.max": memory}}
        for controllers, parent in _parents():
            _remove_stale(parent)
            folder = parent / f"{PREFIX}{os.getpid()}-{next(_numbers)}"
            try:
                folder.mkdir()
            except OSError:
                continue
            self.folders.append(folder)
            for controller in controllers:
                for name, value in limits[controller].items():
                    if (folder / name).exists():
                        with contextlib.suppress(OSError):
                            (folder / name).write_text(str(value))
        self.entry = [str(folder / "cgroup.procs") for folder in self.folders]

    def enter(self, command):
        """The command, run inside the group. It gets no environment: shells export some, like the course's folder in PWD."""
        if not self.entry:
            return command
        script = "".join(f"echo 0 > {path} 2>/dev/null; " for path in self.entry) + 'exec /usr/bin/env -i "$@"'
        return ["/bin/sh", "-c", script, "sh", *command]

    def add(self, pid):
        """Have a process in the group, with all that it starts from now on."""
        for path in self.entry:
            with contextlib.suppress(OSError):
                Path(path).write_text(str(pid))

    def tasks(self):
        """How many processes and threads there are, or 0 where that is not counted."""
        return self._read("pids.current", r"(\d+)")

    def killed(self):
        """How many processes the kernel has ended for want of memory."""
        return self._read("memory.oom_control", r"oom_kill (\d+)") + self._read("memory.events", r"oom_kill (\d+)")

    def _read(self, name, pattern):
        for folder in self.folders:
            with contextlib.suppress(OSError):
                found = re.search(pattern, (folder / name).read_text())
                if found:
                    return int(found[1])
        return 0

    def remove(self):
        """Remove the group, whose processes have ended or are about to."""
        for folder in self.folders:
            for _ in range(50):
                try:
                    folder.rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:  # a process is still ending
                    time.sleep(0.02)


def control_groups():
    """What control groups of this user's can limit here, of "cpu", "memory" and "pids"; empty where there are none."""
    return sorted({controller for controllers, _ in _parents() for controller in controllers})


def _parents():
    """The folders in which groups can be made, with the controllers that count there: version 1, then version 2."""
    found = []
    try:
        lines = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    except OSError:
        return found
    for _, names, path in lines:
        path = path.lstrip("/")
        usable = {"cpu", "pids", "memory"} & set(names.split(","))
        if usable and os.access(ROOT / names / path, os.W_OK):
            found.append((sorted(usable), ROOT / names / path))
        if not names and path:  # version 2: beside this process's own group, which must not have subgroups
            folder = (ROOT / path).parent
            with contextlib.suppress(OSError):
                usable = {"cpu", "pids", "memory"} & set((folder / "cgroup.subtree_control").read_text().split())
                if usable and os.access(folder / "cgroup.procs", os.W_OK):
                    found.append((sorted(usable), folder))
    return found


def _remove_stale(parent):
    """Remove the groups of graders that were killed."""
    for folder in parent.glob(f"{PREFIX}*"):
        owner = folder.name[len(PREFIX) :].split("-")[0]
        if owner.isdigit() and not Path("/proc", owner).exists():
            with contextlib.suppress(OSError):
                folder.rmdir()
