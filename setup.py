"""The version of the package, and what its wheel holds beside the code; all else about the build is in pyproject.toml.

Changed code gets another version, so that pip installs it over what is there: the number of the next release and a
checksum of all that is in the wheel. RELEASE=1 leaves the checksum out (see CONTRIBUTING.md, "A release").
"""

import hashlib
import os
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

NUMBER = "0.2.0"
ROOT = Path(__file__).parent.resolve()
# They lie in the installed package as they lie beside it here. `source` is left out of the wheel that students get, and
# hidden from kernels: see autograder/course/package.py and autograder/sandbox/bubblewrap.py.
BESIDE = ("requirements.txt", "data/*.h5", "source/*/*.ipynb", "source/*/*/*")
LEFT_OUT = {"weights", "__pycache__", ".ipynb_checkpoints"}


def files():
    """Pairs of a file and its place in the wheel's package."""
    for path in (ROOT / "autograder").rglob("*"):
        if path.suffix in (".py", ".j2"):
            yield path, path.relative_to(ROOT / "autograder")
    for pattern in BESIDE:
        for path in ROOT.glob(pattern):
            if path.is_file() and not LEFT_OUT & set(path.parts):
                yield path, path.relative_to(ROOT)


class BuildWithMaterial(build_py):
    """Puts what lies beside the package into the wheel's copy of it."""

    def run(self):
        super().run()
        if not self.editable_mode:  # in a checkout it is found where it lies
            for path, place in files():
                target = Path(self.build_lib, "autograder", place)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)


checksum = hashlib.sha256()
for path, place in sorted(files(), key=lambda pair: pair[1].as_posix()):
    checksum.update(place.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
setup(
    version=NUMBER if os.environ.get("RELEASE") else f"{NUMBER}.dev0+{checksum.hexdigest()[:8]}",
    cmdclass={"build_py": BuildWithMaterial},
)
