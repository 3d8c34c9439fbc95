"""Changed code has another version, and what the package imports is declared."""

import ast
import re
import subprocess
import sys
import tomllib

import pytest

from tests.helpers.environments import build_wheel, copy_kit, pip
from tests.helpers.submissions import ROOT

DISTRIBUTION = {"PIL": "pillow", "IPython": "ipython", "dateutil": "python-dateutil", "zmq": "pyzmq"}
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


@pytest.mark.nightly
@pytest.mark.slow
def test_a_fix_reaches_who_has_installed_the_kit_before(tmp_path):
    (tmp_path / "kit").mkdir()
    kit, wheels = copy_kit(tmp_path / "kit"), set()
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    code, exercise = "autograder/course/report.py", "source/residual_networks/exercises/ResNet50.toml"
    for changed in (None, code, exercise):
        if changed:
            (kit / changed).write_text((kit / changed).read_text() + "\n# fixed\n")
        wheel = build_wheel(kit, tmp_path / f"wheel{len(wheels)}")
        wheels.add(wheel.name)
        pip(tmp_path / "venv" / "bin" / "python", "install", "--no-deps", wheel)
        for name in (code, exercise):
            (installed,) = (tmp_path / "venv").rglob(f"autograder/{name.removeprefix('autograder/')}")
            assert installed.read_text() == (kit / name).read_text()
    assert len(wheels) == 3
