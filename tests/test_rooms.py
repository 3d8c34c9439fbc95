"""The walls between the rooms: `lint-imports` and ruff keep them, and what is loaded agrees with it."""

import ast
import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.helpers.submissions import ROOT

ROOMS = ("student", "model", "sandbox", "grading", "course")
BREAKS = [  # a module, and a line that breaks the boundary there
    ("grading/execute.py", "from ..student.checks import run_case"),
    ("course/grade.py", "from ..student.trace import trace"),
    ("grading/execute.py", "import pickle"),
    ("grading/verdict_cache.py", "import pickle"),
    ("grading/repair.py", "import pickle"),
    ("sandbox/provisioner.py", "import pickle"),
    ("grading/judge.py", "from ..student.checks import run_case"),
    ("student/checks.py", "from ..sandbox.bubblewrap import Sandbox"),
    ("model/diagnosis.py", "from ..grading.execute import clean"),
    ("student/checks.py", "from ..grading.judge import Judge"),
    # their siblings
    ("course/report.py", "def later():\n    import keras"),
    ("course/report.py", "import marshal as fast"),
    ("model/hand_in.py", "from cloudpickle import loads"),
    ("model/oracle.py", "import scipy.signal"),
    ("model/exercise.py", "def later():\n    from nbformat import read"),
    ("model/oracle.py", "from ..student import trace"),
    ("grading/judge.py", "from ..course import report"),
    ("sandbox/cgroups.py", "from ..model import oracle"),
    ("sandbox/provisioner.py", "from . import inside"),
    ("sandbox/wire.py", "import numpy"),
    ("student/tutor.py", "from sqlalchemy import select"),
    ("grading/judge.py", "import autograder.moved.execute"),
    ("moved/execute.py", "def later():\n    from ..student import checks"),
    ("student/checks.py", "from ..sandbox.system_calls import program"),
    ("__main__.py", "from .moved import execute"),
    ("course/report.py", "def later():\n    import tools.attack"),
    ("model/text.py", "import subprocess"),
    ("grading/reading.py", "from pandas import read_pickle"),
    ("laundry/__init__.py", ""),  # a room that nobody has placed
]
# What no import shows: ruff refuses it in a trusted room.
HIDDEN_BREAKS = [
    "from .. import check",
    "import autograder\n\nautograder.train",
    "import importlib\n\nimportlib.import_module('keras')",
    "from importlib.util import spec_from_file_location",
    "import numpy as np\n\nnp.load('x', allow_pickle=True)",
    "import numpy.lib.format",
    "eval('text')",
    "exec(compile('text', '', 'exec'))",
    "import os\n\nos.system('text')",
    "import subprocess\n\nsubprocess.run('text', shell=True)",
    "from logging.config import dictConfig",
    "import ctypes",
]


# Lints the checkout in the working folder as it is and then with each of the breaks of stdin; prints what was said.
LINT_EACH = """
import contextlib, io, json, sys
from pathlib import Path
from importlinter.cli import lint_imports

def lint():
    with contextlib.redirect_stdout(io.StringIO()) as said:
        status = lint_imports(no_cache=True)
    return status == 0, said.getvalue()

found = [lint()]
for path, line in json.load(sys.stdin):
    file = Path("autograder", path)
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{before}\\n{line}\\n", encoding="utf-8")
    found.append(lint())
    if before:
        file.write_text(before, encoding="utf-8")
    else:
        file.unlink()
        file.parent.rmdir()
print(json.dumps([*found, lint()]))
"""


@pytest.fixture(scope="module")
def noticed(tmp_path_factory):
    """What `lint-imports` says about a copy of the package: as it is, with each break alone, and without it again.

    Returns the list of (whether all contracts are kept, what was said) in this order."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "autograder", folder / "autograder", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "tools").mkdir()
    for name in ("pyproject.toml", "tools/__init__.py", "tools/contracts.py"):
        shutil.copy(ROOT / name, folder / name)
    command = [sys.executable, "-c", LINT_EACH]
    wide = {**os.environ, "COLUMNS": "300"}
    done = subprocess.run(
        command, cwd=folder, env=wide, input=json.dumps(BREAKS), text=True, capture_output=True, check=True
    )
    return json.loads(done.stdout)


def test_the_walls_stand(noticed):
    for kept, said in (noticed[0], noticed[-1]):
        assert kept, said


@pytest.mark.parametrize("number", range(len(BREAKS)), ids=[" ".join(each) for each in BREAKS])
def test_a_break_is_noticed(noticed, number):
    kept, said = noticed[number + 1]
    module = BREAKS[number][0].removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    assert not kept
    assert module in said, said


def test_ruff_notices_what_no_import_shows(tmp_path):
    """The rules for a module of autograder/grading, applied to each."""
    folder = tmp_path / "autograder" / "grading"
    folder.mkdir(parents=True)
    for package in (folder.parent, folder):
        (package / "__init__.py").touch()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for number, text in enumerate(HIDDEN_BREAKS):
        (folder / f"break_{number}.py").write_text(text + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=json", "--select=S,TID251"]
    done = subprocess.run(command, cwd=tmp_path, text=True, capture_output=True)
    found = {finding["filename"].rsplit("/", 1)[1] for finding in json.loads(done.stdout)}
    assert found == {f"break_{number}.py" for number in range(len(HIDDEN_BREAKS))}


def test_trusted_rooms_neither_import_by_name_nor_receive_objects():
    """Connection.recv unpickles; recv_bytes does not."""
    for room in ("model", "grading", "course"):
        for path in (ROOT / "autograder" / room).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                    assert name not in ("__import__", "recv"), (path.name, node.lineno)


def loaded(*modules):
    """The names of all modules that a fresh process has loaded after it has imported some."""
    program = f"import sys\nfor name in {modules!r}: __import__(name)\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, text=True, capture_output=True, check=True)
    return set(done.stdout.split())


def modules_of(room):
    """All modules of a room but the one that only a sandbox runs."""
    return [
        f"autograder.{room}.{p.stem}" for p in sorted((ROOT / "autograder" / room).glob("[!_]*.py")) if p.stem != "inside"
    ]


@pytest.mark.parametrize("room", ["sandbox", "grading", "course"])
def test_trusted_rooms_load_neither_keras_nor_the_student_s_side(room):
    names = loaded(*modules_of(room), "autograder.__main__")
    assert not names & {"keras", "tensorflow", "autograder.student", "autograder.sandbox.inside", "dill", "cloudpickle"}


def test_the_model_loads_the_standard_library_and_numpy_alone():
    names = {name.split(".")[0] for name in loaded(*modules_of("model")) - loaded("numpy.random")}
    assert names <= {"autograder", "numpy", *sys.stdlib_module_names}


def test_the_wire_loads_the_standard_library_alone():
    names = {name.split(".")[0] for name in loaded("autograder.sandbox.wire") - loaded()}
    assert names <= {"autograder", *sys.stdlib_module_names}


@pytest.mark.slow  # the linters look at the same walls
def test_students_need_no_grader():
    names = loaded(*modules_of("student"), "autograder")
    assert not names & {"nbgrader", "sqlalchemy", *(f"autograder.{room}" for room in ("sandbox", "grading", "course"))}


def test_every_room_says_who_runs_it_and_what_it_may_import():
    for room in ROOMS:
        text = (ROOT / "autograder" / room / "__init__.py").read_text(encoding="utf-8")
        assert "Who runs it:" in text and "import" in text, room
