"""The walls between the rooms: `lint-imports` keeps them, notices every break, and what is loaded agrees with it."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

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
    ("laundry/__init__.py", ""),  # a room that nobody has placed
]


def lint(folder):
    """What `lint-imports` says about a checkout, and whether it keeps all contracts."""
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=folder, text=True, capture_output=True)
    return done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def noticed(tmp_path_factory):
    """For each break, applied to a copy of its own: whether it was noticed by a contract, and what was said."""

    def apply(broken):
        path, line = broken
        folder = tmp_path_factory.mktemp("copy", numbered=True)
        shutil.copytree(ROOT / "autograder", folder / "autograder", ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "tools").mkdir()
        for name in ("pyproject.toml", "tools/__init__.py", "tools/contracts.py"):
            shutil.copy(ROOT / name, folder / name)
        (folder / "autograder" / path).parent.mkdir(exist_ok=True)
        with open(folder / "autograder" / path, "a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
        return lint(folder)

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(BREAKS, pool.map(apply, BREAKS)))


def test_the_walls_stand():
    kept, said = lint(ROOT)
    assert kept, said


@pytest.mark.slow
@pytest.mark.parametrize("path, line", BREAKS)
def test_a_break_is_noticed(noticed, path, line):
    kept, said = noticed[path, line]
    assert not kept
    assert "BROKEN" in said or "laundry" in said, said


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


def test_students_need_no_grader():
    names = loaded(*modules_of("student"), "autograder")
    assert not names & {"nbgrader", "sqlalchemy", *(f"autograder.{room}" for room in ("sandbox", "grading", "course"))}


def test_every_room_says_who_runs_it_and_what_it_may_import():
    for room in ROOMS:
        text = (ROOT / "autograder" / room / "__init__.py").read_text(encoding="utf-8")
        assert "Who runs it:" in text and "import" in text, room
