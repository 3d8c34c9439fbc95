"""Changed code has another version, and what the package imports is declared."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib

import pytest

from tests.helpers.submissions import ROOT

DISTRIBUTION = {"PIL": "pillow", "IPython": "ipython", "zmq": "pyzmq"}
# TensorFlow's build and the cluster are the user's choice.
CHOSEN = {"tensorflow", "distributed", "dask"}


def declared(*extras):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + [name for extra in extras for name in project["optional-dependencies"][extra]]
    return {re.match(r"[\w-]+", name)[0].lower().replace("_", "-") for name in wanted}


def imported(*rooms):
    """The distributions that modules of these rooms import, however deep in a function: {name: modules}."""
    found = {}
    for path in (path for room in rooms for path in (ROOT / "autograder").glob(room)):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            else:
                continue
            for name in {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"autograder"}:
                found.setdefault(DISTRIBUTION.get(name, name).lower().replace("_", "-"), set()).add(path.name)
    return found


def test_students_get_what_their_part_imports():
    assert not imported("*.py", "student/**/*.py", "model/**/*.py").keys() - declared("cpu") - CHOSEN


def test_instructors_get_what_the_package_imports():
    assert not imported("**/*.py").keys() - declared("cpu", "instructor") - CHOSEN


@pytest.mark.slow
def test_a_fix_reaches_who_has_installed_the_kit_before(tmp_path):
    shutil.copytree(ROOT / "autograder", tmp_path / "autograder", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    changed, wheels = tmp_path / "autograder" / "course" / "report.py", set()
    for change in ("", "\n# fixed\n"):
        changed.write_text(changed.read_text() + change)
        folder = tmp_path / f"wheel{len(wheels)}"
        pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", folder, tmp_path)
        (wheel,) = folder.iterdir()
        wheels.add(wheel.name)
        pip(tmp_path / "venv" / "bin" / "python", "install", "--no-deps", wheel)
        (installed,) = (tmp_path / "venv").rglob("autograder/course/report.py")
        assert installed.read_text() == changed.read_text()
    assert len(wheels) == 2


def pip(python, *arguments):
    subprocess.run([python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], check=True)
