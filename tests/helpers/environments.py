"""Virtual environments for what the kit tells others to install, without unpacking TensorFlow each time."""

import os
import shutil
import sysconfig
from pathlib import Path

import pytest

# To install everything from the package index into an empty environment takes minutes: nightly.
KINDS = ["filled", pytest.param("empty", marks=pytest.mark.nightly)]
OURS = shutil.ignore_patterns("residual_networks_kit*", "__editable__*")


def fill(environment):
    """Put the packages of the tests' own environment, but not the kit, where the next `python -m venv` makes one: pip
    still reads all requirements, and finds those with the pinned versions there. Files are linked, where they can be."""
    own = Path(sysconfig.get_path("purelib"))
    shutil.copytree(own, Path(environment, "lib", own.parent.name, "site-packages"), ignore=OURS, copy_function=_link)


def _link(source, target):
    try:
        os.link(source, target)
    except OSError:  # another disk
        shutil.copy2(source, target)
