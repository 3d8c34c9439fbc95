"""One zip for students: `python -m autograder bundle`.

It holds the release notebooks with their figures and public references, this package and the pictures as a wheel, pinned
requirements and a README; and the course's own data. Nothing of source/ is in it.
"""

import contextlib
import tempfile
import zipfile
from pathlib import Path

from .. import KitError
from .files import when_complete
from .package import constraints, student_wheel

README = """# {title}

1. Install Python 3.11, 3.12 or 3.13 (64 bits). Open a terminal in this folder.
2. Make a virtual environment, so that what you install stays in this folder, and activate it:
   - Linux and macOS: `python3 -m venv .venv`, then `source .venv/bin/activate`
   - Windows (PowerShell): `py -m venv .venv`, then `.venv\\Scripts\\Activate.ps1`
     (if that is forbidden, use the Command Prompt, and `.venv\\Scripts\\activate.bat`)
3. `python -m pip install -r requirements.txt`       (about 1.5 GB, some minutes)
4. `python -m jupyterlab {first}`

JupyterLab opens in your browser. On another day, activate (the second half of 2) and start (4) again.
The notebooks, in their order: {notebooks}. Each says at its top how long it takes.
To submit, save the notebooks and upload them, not the zip.

On JupyterHub your instructor has installed everything: upload this folder and open the first notebook.
On Colab upload the zip as it is, and the notebook; the notebook's first cell unpacks and installs the rest.
Macs with an Intel processor: there is no TensorFlow above 2.16 for them. Use Colab or JupyterHub.
"""


def bundle(assignment, target=None, root="."):
    """Write the students' zip of an assignment and return its path. Raises KitError.

    target: the zip (default: ASSIGNMENT.zip in the course's folder `root`).
    """
    root = Path(root)
    release = root / "release" / assignment
    notebooks = sorted(release.glob("*.ipynb"), key=lambda path: (path.stem == assignment, path.name))
    if not notebooks:
        raise KitError(f"{release} holds no notebooks. Make them: nbgrader generate_assignment {assignment}")
    target = Path(target or root / f"{assignment}.zip")
    with new_zip(target) as archive:
        for path in sorted(path for path in release.rglob("*") if path.is_file() and ".ipynb_checkpoints" not in path.parts):
            archive.write(path, Path(assignment, path.relative_to(release)))
        for path in sorted((root / "data").glob("*.h5")):
            archive.write(path, Path(assignment, "data", path.name))
        add_package(archive, f"{assignment}/", "cpu,student")
        archive.writestr(
            f"{assignment}/README.md",
            README.format(
                title=assignment.replace("_", " ").capitalize(),
                first=notebooks[0].name,
                notebooks=", ".join(path.name for path in notebooks),
            ),
        )
    return target


@contextlib.contextmanager
def new_zip(target):
    """A zip to write into, which is there under its name when it is complete, and not at all otherwise."""
    with when_complete(target) as unfinished, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        yield archive


def add_package(archive, prefix, extras):
    """Write the students' wheel of the installed kit, and requirements.txt that installs it with its extras, into a zip."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = student_wheel(folder)
        archive.write(wheel, prefix + wheel.name)
    archive.writestr(f"{prefix}requirements.txt", f"./{wheel.name}[{extras}]\n--constraint constraints.txt\n")
    archive.writestr(f"{prefix}constraints.txt", constraints())
