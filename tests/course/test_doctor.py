"""`python -m autograder doctor`, on this machine and where something is missing."""

import os
import subprocess
import sys

import pytest

from autograder.sandbox.bubblewrap import in_container
from tests.helpers.commands import run_module
from tests.helpers.submissions import new_course

pytestmark = pytest.mark.slow
FIX = "--security-opt" if in_container() else "sudo sysctl"
ALL = ["bwrap", "--dev-bind", "/", "/"]
MASKED = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs hidden /proc/tty && exec "$@"', "sh"]


@pytest.fixture(scope="module")
def course(generated, tmp_path_factory):
    return new_course(generated, tmp_path_factory.mktemp("doctor") / "course")


def doctor(course, *wrapper):
    """Its exit status, and what it says as {what: line}."""
    if wrapper:
        command = [*wrapper, sys.executable, "-m", "autograder", "doctor"]
        done = subprocess.run(command, cwd=course, capture_output=True, text=True)
    else:
        done = run_module(["autograder", "doctor"], course, apart=True)
    assert "Traceback" not in done.stderr, done.stderr
    lines = [line for line in done.stdout.splitlines() if ": " in line]
    return done.returncode, {line.split(": ")[0].split(maxsplit=1)[-1]: line for line in lines} | {"": done.stdout}


def test_a_machine_that_can_grade_is_told_so(course):
    status, says = doctor(course)
    assert status == 0 and "This machine can grade." in says[""]
    assert "keras 3" in says["versions"] and "warm" in says["kernels"] and "4 assignments" in says["gradebook"]
    assert "JupyterHub" in says["exchange"]


def test_without_a_course_the_machine_is_looked_at(tmp_path):
    status, says = doctor(tmp_path)
    assert status == 0 and "no nbgrader_config.py" in says["course"]


@pytest.mark.parametrize(
    "wrapper",
    [
        [*ALL, "--unshare-user", "--disable-userns", "--cap-drop", "ALL"],
        pytest.param(MASKED, marks=pytest.mark.skipif(os.getuid() != 0, reason="only root can hide a part of /proc")),
    ],
    ids=["no namespaces", "parts of /proc are hidden"],
)
def test_where_bubblewrap_cannot_work_the_fix_for_that_place_is_named(course, wrapper):
    status, says = doctor(course, *wrapper)
    assert status == 1 and "Fix first: sandbox." in says[""]
    assert says["sandbox"].strip().startswith("bad") and FIX in says["sandbox"]
    assert "another sandbox" in says and "kernels" not in says


def test_programs_that_are_missing_are_named(course):
    status, says = doctor(course, "env", "PATH=/nonexistent")
    assert status == 1 and "apt-get install bubblewrap" in says["sandbox"]


def test_the_gradebook_and_the_exchange_are_looked_at(course, tmp_path):
    (tmp_path / "nbgrader_config.py").write_text(
        (course / "nbgrader_config.py").read_text() + f"\nc.Exchange.root = {str(tmp_path / 'exchange')!r}\n"
    )
    (tmp_path / "gradebook.db").write_bytes(b"not a database, really" * 100)
    status, says = doctor(tmp_path)
    assert status == 1 and "cannot be read" in says["gradebook"] and "sudo mkdir" in says["exchange"]
    (tmp_path / "gradebook.db").unlink()
    (tmp_path / "exchange").mkdir()
    (tmp_path / "exchange").chmod(0o777)
    status, says = doctor(tmp_path)
    assert status == 0 and "will be made" in says["gradebook"]
