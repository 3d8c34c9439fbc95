"""One zip for students: `python -m autograder bundle`.

It holds the release notebooks with their figures and public references, the pictures, this package as a wheel, pinned
requirements and a README. Nothing of source/ is in it.
"""

import contextlib
import shutil
import tempfile
import zipfile
from pathlib import Path

from .. import KitError
from .files import run_module, when_complete

README = """# {title}

1. Install Python 3.11, 3.12 or 3.13. Open a terminal in this folder.
2. `python -m pip install -r requirements.txt`       (about 1.5 GB, some minutes; a virtual environment is a good idea)
3. `python -m jupyterlab {first}`

JupyterLab opens in your browser. The notebooks, in their order: {notebooks}.
Each says at its top how long it takes. To hand in, save the notebooks and upload them, not the zip.

On JupyterHub your instructor has installed everything: upload this folder and open the first notebook.
On Colab upload the files of this folder (the folder icon at the left); the first cell of each notebook installs the rest.
Windows: for the second line use `py -m pip`, for the third `py -m jupyterlab`.
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
        add_package(archive, root, f"{assignment}/", "cpu,student")
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


def add_package(archive, root, prefix, extras):
    """Write this package as a wheel, and requirements.txt that installs it with its extras, into a zip. Raises KitError."""
    if not (root / "pyproject.toml").exists():
        raise KitError(
            f"{root.resolve()} is not the kit's repository, from which the package is made. Run this command there."
        )
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "kit")  # in the repository itself, what an earlier build has left would be packed as well
        shutil.copytree(root / "autograder", copy / "autograder", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
            shutil.copy(root / name, copy)
        options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--wheel-dir", folder]
        done = run_module(copy, "pip", "wheel", *options, ".")
        if done.returncode:
            raise KitError(f"The package cannot be built: {done.stdout.strip()[-1000:]}")
        wheel = next(Path(folder).glob("*.whl"))
        archive.write(wheel, prefix + wheel.name)
    archive.writestr(f"{prefix}requirements.txt", f"./{wheel.name}[{extras}]\n--constraint constraints.txt\n")
    archive.writestr(f"{prefix}constraints.txt", _constraints(root / "requirements.txt"))


def _constraints(path):
    """The pinned versions that the kit was tested with, without comments and options."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return "\n".join(line for line in lines if line and not line.startswith(("#", "-"))) + "\n"
