"""The installed kit as files: what a course is made of, and the wheel that students get.

Solutions and hidden references are in the instructor's installation, in SOURCE, and nowhere in the students' wheel.
"""

import base64
import csv
import hashlib
import importlib.metadata
import io
import zipfile
from pathlib import Path

from .. import KitError

PACKAGE = Path(__file__).parent.parent
DISTRIBUTION = "residual-networks-kit"
SOURCE = "source"  # folder of the assignments with their solutions
PINNED = "requirements.txt"  # the versions that the kit was tested with
CODE = ("*.py", "*.j2")
WHEEL = "Wheel-Version: 1.0\nGenerator: residual-networks-kit\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
LONG_AGO = (2000, 1, 1, 0, 0, 0)  # equal content makes equal wheels


def kit_path(name):
    """A file or folder of the kit: in the installed package, or in a checkout beside it. May not be there."""
    return next((path for path in (PACKAGE / name, PACKAGE.parent / name) if path.exists()), PACKAGE / name)


def assignments():
    """The assignments that this installation holds, {name: folder}. Raises KitError if it holds none."""
    found = {path.parent.name: path.parent for path in sorted(kit_path(SOURCE).glob("*/*.ipynb"))}
    if not found:
        raise KitError(
            "This installation holds no assignments: it is the students' wheel. Install the instructor's, "
            'the one without "student" in its name.'
        )
    return found


def version():
    """The version of the installed kit."""
    return importlib.metadata.version(DISTRIBUTION)


def constraints():
    """The pinned versions that the kit was tested with, without comments and options."""
    path = kit_path(PINNED)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return "".join(f"{line}\n" for line in lines if line and not line.startswith(("#", "-")))


def student_wheel(folder):
    """Write the wheel for students into a folder, made of the package that is installed; returns its path.

    Its version says so and holds a checksum of its files: 0.2.0+student.3f2a91bc. The name of the distribution is the same,
    so that pip installs one over the other."""
    files = _package_files()
    checksum = hashlib.sha256()
    for place, content in files.items():
        checksum.update(place.encode() + b"\0" + content + b"\0")
    number = f"{version().split('+')[0]}+student.{checksum.hexdigest()[:8]}"
    stem = f"{DISTRIBUTION.replace('-', '_')}-{number}"
    info = f"{stem}.dist-info"
    files |= {f"{info}/{name}": text.encode() for name, text in _metadata(number).items()}
    files[f"{info}/RECORD"] = _record(files, f"{info}/RECORD")
    target = Path(folder, f"{stem}-py3-none-any.whl")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, content in files.items():
            entry = zipfile.ZipInfo(place, LONG_AGO)
            entry.external_attr, entry.compress_type = 0o100644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return target


def _package_files():
    """{place in the wheel: content} of what students get, sorted."""
    places = {f"autograder/data/{path.name}": path for path in kit_path("data").glob("*.h5")}
    if kit_path(PINNED).exists():
        places[f"autograder/{PINNED}"] = kit_path(PINNED)
    for path in (path for pattern in CODE for path in PACKAGE.rglob(pattern)):
        inside = path.relative_to(PACKAGE)
        if inside.parts[0] != SOURCE:
            places[f"autograder/{inside.as_posix()}"] = path
    return {place: places[place].read_bytes() for place in sorted(places)}


def _metadata(number):
    """The files that describe the distribution, with another version."""
    installed = importlib.metadata.distribution(DISTRIBUTION)
    described = installed.read_text("METADATA") or installed.read_text("PKG-INFO")
    lines = [f"Version: {number}" if line.startswith("Version: ") else line for line in described.split("\n")]
    return {"METADATA": "\n".join(lines), "WHEEL": WHEEL, "entry_points.txt": installed.read_text("entry_points.txt")}


def _record(files, own):
    """The wheel's list of its files, with their checksums."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    for place, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        writer.writerow([place, f"sha256={digest}", len(content)])
    writer.writerow([own, "", ""])
    return table.getvalue().encode()
