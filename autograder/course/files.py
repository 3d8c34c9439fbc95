"""Files that are there when they are complete, and commands that run beside this one."""

import contextlib
import subprocess
import sys
from pathlib import Path


@contextlib.contextmanager
def when_complete(target):
    """A path to write to; what is there at the end replaces `target`. After an error, `target` is as it was."""
    unfinished = Path(f"{target}.unfinished")
    try:
        yield unfinished
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def run_module(folder, module, *arguments, shown=False, timeout=None):
    """Run `python -m MODULE` in a folder, with this Python; returns the CompletedProcess, whose stdout holds stderr, too.

    shown: let it write to this process's output instead. timeout: seconds, after which subprocess.TimeoutExpired is raised.
    """
    captured = {} if shown else {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.run([sys.executable, "-m", module, *arguments], cwd=folder, text=True, timeout=timeout, **captured)
