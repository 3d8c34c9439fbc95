"""Virtual environments for what the kit tells others to install, without unpacking TensorFlow each time; and the wheel."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.helpers.submissions import ROOT

# To install everything from the package index into an empty environment takes minutes: nightly.
KINDS = ["filled", pytest.param("empty", marks=pytest.mark.nightly)]
OURS = shutil.ignore_patterns("residual_networks_kit*", "__editable__*")


def fill(environment):
    """Put the packages of the tests' own environment, but not the kit, where the next `python -m venv` makes one: pip
    still reads all requirements, and finds those with the pinned versions there. Files are linked, where they can be."""
    own = Path(sysconfig.get_path("purelib"))
    shutil.copytree(own, Path(environment, "lib", own.parent.name, "site-packages"), ignore=OURS, copy_function=_link)
    for data in ("etc/jupyter", "share/jupyter", "share/jupyterhub"):  # Jupyter's extensions and templates, the hub's pages
        shutil.copytree(Path(sys.prefix, data), Path(environment, data), copy_function=_link)
    programs = Path(environment, "bin")
    programs.mkdir()
    for path in Path(sysconfig.get_path("scripts")).iterdir():
        first, _, rest = path.read_bytes().partition(b"\n")
        if first.startswith(b"#!") and b"python" in first:
            copy = programs / path.name
            copy.write_bytes(f"#!{programs}/python\n".encode() + rest)
            copy.chmod(0o755)


def _link(source, target):
    try:
        os.link(source, target)
    except OSError:  # another disk
        shutil.copy2(source, target)


def copy_kit(folder):
    """A copy of what the kit's wheel is built from: nothing that an earlier build has left is in it."""
    for name in ("autograder", "data", "source"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "weights"))
    for name in ("pyproject.toml", "setup.py", "requirements.txt", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    return folder


def build_wheel(kit, folder):
    """Build the instructor's wheel of a copy of the kit into a folder; returns its path."""
    pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", folder, kit)
    (wheel,) = Path(folder).glob("*.whl")
    return wheel


def pip(python, *arguments):
    subprocess.run([python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], check=True)


def install_kit(environment, kit, *extras):
    """Make an environment with the packages of the tests' own, and install the kit's wheel with some extras in it, as a
    user does; returns its folder of programs."""
    fill(environment)
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    programs = Path(environment, "bin")
    wheel = build_wheel(kit, Path(environment, "wheel"))
    constraints = [
        line for line in (ROOT / "requirements.txt").read_text().splitlines() if line and not line.startswith("-")
    ]
    Path(environment, "constraints.txt").write_text("\n".join(constraints))
    pip(programs / "python", "install", "--constraint", Path(environment, "constraints.txt"), f"{wheel}[{','.join(extras)}]")
    return programs
