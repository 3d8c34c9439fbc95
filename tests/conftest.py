import fcntl
import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from tests.helpers.commands import run_module
from tests.helpers.processes import adopt_orphans
from tests.helpers.submissions import ASSIGNMENTS, QUICKER, make_course

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background ignores it, and so would all commands
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


LONGEST = ("test_attacks", "test_faults", "residual_networks", "test_class", "test_instructor", "test_gradescope")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Two processes share the files: whoever gets a long one last keeps everybody waiting, so long ones come first.

    Of the solution notebooks, nbval runs cells that are QUICKER.
    """
    for cell in [item.cell for item in items if item.path.suffix == ".ipynb"]:
        for long, short in QUICKER.items():
            cell.source = cell.source.replace(long, short)
    places = {name: place for place, name in enumerate(LONGEST)}

    def place(item):
        quick = item.get_closest_marker("slow") is None and item.path.suffix == ".py"
        return places.get(item.path.stem, len(places) + quick)

    items.sort(key=place)


@pytest.fixture(scope="session", autouse=True)
def own_temporary_folder():
    """For this process and its commands: so they share one warm parent with each other, and with nobody else. Other users
    may look into it, as into /tmp."""
    folder = os.environ["TMPDIR"] = tempfile.tempdir = tempfile.mkdtemp(prefix="tests-")
    os.chmod(folder, 0o755)
    adopt_orphans()
    yield
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def generated(tmp_path_factory) -> Path:
    """A course for which nbgrader has generated all assignments. Copy it (`new_course`), and change nothing in it.

    All processes of a run share one: the first that asks makes it, the others wait.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    course, done = shared / "generated", shared / "generated.done"
    with open(shared / "generated.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make_course(course)
            for name in ASSIGNMENTS:
                run_module(["nbgrader", "generate_assignment", name, "--force"], course).check_returncode()
            done.touch()
    return course
