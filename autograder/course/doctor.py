"""What this machine can do, in plain words: `python -m autograder doctor`."""

import os
import shutil
import sqlite3
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import nbformat
import psutil
import sqlalchemy.exc
from nbgrader.api import Gradebook
from nbgrader.utils import setenv
from traitlets.config import Config

from ..grading.execute import ExecuteByQuestion
from ..sandbox import SandboxError
from ..sandbox.bubblewrap import MB, Sandbox, in_container
from ..sandbox.cgroups import control_groups
from ..sandbox.warm import warm_parent
from .application import application
from .package import version

PACKAGES = ("tensorflow", "tensorflow-cpu", "keras", "numpy", "nbgrader", "nbclient", "jupyterlab")
PROGRAMS = {
    "alembic": "nbgrader calls it by name when it upgrades a gradebook",
    "jupyter": "nbgrader's lists and Validate start it",
}
SPARE_MB = 1000  # of memory, for the grader itself
LOST = (
    "compared with bubblewrap they have the container's network, see what everybody in it may see, and start cold. "
    "For a container that is made for one submission"
)
DISK_MB = 2000  # free where temporary files go


@dataclass
class Sign:
    """One thing that was looked at. state: "ok", "note" (it works otherwise, or only some need it) or "bad"."""

    state: str
    what: str
    says: str


def doctor(show=print):
    """Look at this machine, and at the course of the current folder if there is one; whether grading works here.

    Each line says what was found and, where something is missing, what that costs and how to fix it."""
    app = application(level=50)
    course = Path("nbgrader_config.py").exists()
    sandbox = Sandbox(config=app.config)
    found = []
    for sign in _signs(app, sandbox, course):
        found.append(sign)
        show(f"{sign.state:>4}  {sign.what}: {sign.says}")
    bad = [sign.what for sign in found if sign.state == "bad"]
    show(f"\nFix first: {', '.join(bad)}." if bad else "\nThis machine can grade.")
    return not bad


def _signs(app, sandbox, course):
    yield _versions()
    yield from _programs()
    yield _place()
    works = _sandbox(sandbox)
    yield works
    if works.state == "bad":
        yield _without_bubblewrap(sandbox)
    yield _control_groups()
    if works.state == "ok":
        yield _kernels(app.config, sandbox)
    yield _memory(sandbox)
    yield _disk()
    if course:
        yield _gradebook(app.coursedir)
        yield _exchange(app.config)
    else:
        yield Sign("note", "course", "there is no nbgrader_config.py in this folder, so that no course was looked at")


def _versions():
    installed = []
    for name in PACKAGES:
        try:
            installed.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    python = ".".join(map(str, sys.version_info[:3]))
    return Sign("ok", "versions", f"Python {python}, residual-networks-kit {version()}, {', '.join(installed)}")


def _programs():
    for name, why in PROGRAMS.items():
        path = shutil.which(name)
        if path:
            yield Sign("ok", name, path)
        else:
            folder = Path(sys.executable).parent
            yield Sign("bad", name, f"it is not on PATH ({why}). Activate the environment: source {folder}/activate")


def _place():
    if not in_container():
        return Sign("ok", "place", "no container")
    return Sign("ok", "place", "a container: what bubblewrap may do here is decided by the options it was started with")


def _sandbox(sandbox):
    try:
        sandbox.verify()
    except SandboxError as error:
        return Sign("bad", "sandbox", str(error))
    if sandbox.sandbox == "none":
        return Sign("bad", "sandbox", "c.Sandbox.sandbox = 'none': submissions run with all your rights")
    if sandbox.sandbox == "user":
        return Sign("ok", "sandbox", f"kernels run as the user {sandbox.user}; {LOST}")
    return Sign("ok", "sandbox", "bubblewrap makes one: no network, no other file, no other process is seen in it")


def _without_bubblewrap(sandbox):
    if sandbox.sandbox == "bubblewrap" and os.getuid() == 0 and shutil.which("setpriv"):
        return Sign(
            "note", "another sandbox", f"c.Sandbox.sandbox = 'user' could be used here: kernels as another user; {LOST}"
        )
    return Sign("note", "another sandbox", "none works here without root's rights")


def _control_groups():
    usable = control_groups()
    if usable:
        return Sign("ok", "control groups", f"the system itself limits a kernel's {' and '.join(usable)}")
    often = "a watchdog looks at memory and processes five times a second instead"
    return Sign("note", "control groups", f"none can be made by this user: {often}. Root, or a delegated group, has them")


def _kernels(config, sandbox):
    """Start two kernels: the first one pays for the import of TensorFlow, the second is what a submission waits for."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import keras; print(keras.__version__)")])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    seconds = []
    with tempfile.TemporaryDirectory() as folder, setenv(NBGRADER_EXECUTION="autograde"):
        for _ in range(2):
            started = time.monotonic()
            try:
                ExecuteByQuestion(config=Config(config)).preprocess(notebook, {"metadata": {"path": folder}})
            except SandboxError as error:
                return Sign("bad", "kernels", str(error))
            seconds.append(time.monotonic() - started)
            errors = [o for o in notebook.cells[0].outputs if o.output_type == "error"]
            if errors:
                return Sign("bad", "kernels", f"Keras cannot be imported in one: {errors[0].ename}: {errors[0].evalue}")
    took = f"the first starts in {seconds[0]:.1f} s, further ones in {seconds[1]:.1f} s"
    if warm_parent(sandbox):
        return Sign("ok", "kernels", f"warm, forked from a process that has imported TensorFlow: {took}")
    return Sign("note", "kernels", f"cold, each imports TensorFlow itself: {took}")


def _memory(sandbox):
    free = psutil.virtual_memory().available // MB
    jobs = max(0, (free - SPARE_MB) // sandbox.memory)
    says = f"{free} MB are free; a kernel may have {sandbox.memory} MB (c.Sandbox.memory)"
    if free < 2 * SPARE_MB:
        return Sign("bad", "memory", f"{says}. A kernel with TensorFlow and the grader need 2000 MB: close something")
    if not jobs:
        return Sign("note", "memory", f"{says}: one that uses all it may would be ended by the machine's own lack of memory")
    return Sign("ok", "memory", f"{says}, so {jobs} at their limit fit in")


def _disk():
    free = shutil.disk_usage(tempfile.gettempdir()).free // MB
    says = f"{free} MB are free in {tempfile.gettempdir()}"
    return Sign("ok", "disk", says) if free > DISK_MB else Sign("note", "disk", f"{says}; set TMPDIR to a larger place")


def _gradebook(directory):
    url = directory.db_url
    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not path.exists():
        return Sign("ok", "gradebook", f"{path} will be made by the first command")
    try:
        with Gradebook(url, directory.course_id) as gradebook:
            says = f"{len(gradebook.assignments)} assignments and {len(gradebook.students)} students in {url}"
        return Sign("ok", "gradebook", says)
    except (sqlalchemy.exc.SQLAlchemyError, sqlite3.Error, ImportError) as error:
        return Sign(
            "bad",
            "gradebook",
            f"{url} cannot be read ({str(error).splitlines()[0]}). Of an older nbgrader? nbgrader db upgrade",
        )


def _exchange(config):
    root = config.get("Exchange", {}).get("root")
    if not root:
        return Sign("note", "exchange", "c.Exchange.root is not set: it is needed on JupyterHub only")
    path = Path(root)
    if not path.is_dir():
        return Sign("bad", "exchange", f"{root} is not there: sudo mkdir -p {root} && sudo chmod 777 {root}")
    if path.stat().st_mode & 0o777 != 0o777:
        return Sign("bad", "exchange", f"not everybody may write in {root}: sudo chmod 777 {root}")
    return Sign("ok", "exchange", root)
