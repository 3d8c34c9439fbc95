"""The version of the package; everything else about the build is in pyproject.toml.

Changed code gets another version, so that pip installs it over what a student has: the number of the next release and a
checksum of the package. RELEASE=1 leaves the checksum out (see CONTRIBUTING.md, "A release").
"""

import hashlib
import os
from pathlib import Path

from setuptools import setup

NUMBER = "0.2.0"

package = Path(__file__).parent / "autograder"
checksum = hashlib.sha256()
for path in sorted(path for path in package.rglob("*") if path.suffix in (".py", ".j2")):
    checksum.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
setup(version=NUMBER if os.environ.get("RELEASE") else f"{NUMBER}.dev0+{checksum.hexdigest()[:8]}")
