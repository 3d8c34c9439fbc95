"""IPython in a sandbox: what works in a notebook elsewhere and means nothing here does nothing, and says so.

Shell commands (`!pip install ...`, `%pip`), magics of other places (`%tensorflow_version`), questions to somebody at the
keyboard (`input()`) and Colab's own modules often stand beside a right answer. Runs beside a student's code.
"""

import sys
import types

from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.utils.text import LSString, SList

INSTALLERS = ("pip", "conda", "mamba", "micromamba", "uv")


class Shell(ZMQInteractiveShell):
    """The shell of a sandboxed kernel."""

    def system(self, cmd):
        """There is no shell to run `!cmd` in."""
        _say(f"!{cmd}")
        self.user_ns["_exit_code"] = 0

    system_piped = system_raw = system

    def getoutput(self, cmd, split=True, depth=0):
        """The same for `files = !ls`: nothing."""
        _say(f"!{cmd}")
        return SList() if split else LSString("")

    def run_line_magic(self, magic_name, line, _stack_depth=1):
        """Run a magic, if there is one of this name, and it does not install something."""
        if magic_name in INSTALLERS or self._find_with_lazy_load("line", magic_name) is None:
            _say(f"%{magic_name}")
            return None
        return super().run_line_magic(magic_name, line, _stack_depth + 1)


class Kernel(IPythonKernel):
    """The kernel of a sandbox."""

    shell_class = Shell

    def raw_input(self, prompt=""):
        """Nobody answers: `input()` is an empty text."""
        print(f"{prompt}\n(nobody answers while this is graded: input() is empty)")
        return ""

    def getpass(self, prompt="", stream=None, **_):
        """The same for getpass()."""
        return self.raw_input(prompt)


def _say(command):
    print(f"(not run while this is graded: {command[:200]})")


def add_colab():
    """Give `from google.colab import drive, files, output` something that does nothing."""
    colab = types.ModuleType("google.colab")
    for name, functions in {
        "drive": ("mount", "flush_and_unmount"),
        "files": ("upload", "download"),
        "output": ("clear",),
    }.items():
        module = types.ModuleType(f"google.colab.{name}")
        for function in functions:
            setattr(module, function, lambda *_, **__: {})
        setattr(colab, name, module)
        sys.modules[module.__name__] = module
    sys.modules["google.colab"] = colab
