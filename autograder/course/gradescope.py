"""An autograder for Gradescope: `python -m autograder gradescope` builds the zip, `run_autograder` in it runs this module.

Gradescope unpacks the zip in /autograder/source, runs setup.sh once, and starts a container for each submission, with the
files in /autograder/submission. The results are read from /autograder/results/results.json.
"""

import json
import shutil
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.utils import is_grade

from .. import KitError
from ..grading.files import copy_tree, open_folder
from ..grading.judge import verdicts_in
from ..sandbox import SandboxError
from ..sandbox.bubblewrap import Sandbox
from .bundle import add_package, new_zip
from .files import run_module, when_complete

SECONDS = 540  # for a submission; Gradescope's own limit is 10 minutes unless another one is set
STUDENT = "student"  # a container grades one submission: it needs no better name
CONFIG = """
# On Gradescope, a container of 1.5 GB has 10 minutes for one submission.
c.CourseDirectory.db_url = "sqlite:///gradebook.db"
c.Sandbox.memory = 900
c.ExecuteByQuestion.notebook_timeout = 200
"""
SETUP = """#!/usr/bin/env bash
# Gradescope runs this once, as root, when the zip is uploaded.
set -e
cd "$(dirname "$0")"
if ! command -v bwrap >/dev/null || ! python3 -c "import ensurepip"; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3 python3-venv bubblewrap
fi
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: choose Ubuntu 24.04")'
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
id {user} >/dev/null 2>&1 || useradd --system --no-create-home {user}
chmod -R go= course
"""
RUN = """#!/usr/bin/env bash
# Gradescope runs this for each submission.
root="$(cd "$(dirname "$0")" && pwd)"
export PATH="$root/source/.venv/bin:$PATH"
exec python -P -m autograder.course.gradescope "$root" {assignment}
"""


def build(assignment, target=None, root="."):
    """Write the zip for Gradescope and return its path. Raises KitError.

    target: the zip (default: autograder.zip in the course's folder `root`).
    """
    root = Path(root)
    if not (root / "source" / assignment).is_dir():
        raise KitError(f"There is no assignment {assignment!r} in {root.resolve() / 'source'}.")
    target = Path(target or root / "autograder.zip")
    with tempfile.TemporaryDirectory() as folder, new_zip(target) as archive:
        course = _course(root, assignment, Path(folder, "course"))
        for path in sorted(path for path in course.rglob("*") if path.is_file()):
            archive.write(path, path.relative_to(folder))
        add_package(archive, "", "cpu,instructor")
        for name, text in (
            ("setup.sh", SETUP.replace("{user}", Sandbox.user.default_value)),
            ("run_autograder", RUN.replace("{assignment}", assignment)),
        ):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o100755 << 16
            archive.writestr(entry, text)
    return target


def _course(root, assignment, course):
    """A copy of what grading needs of the course, with a gradebook that knows the assignment."""
    shutil.copytree(
        root / "source" / assignment,
        course / "source" / assignment,
        ignore=shutil.ignore_patterns("weights", ".ipynb_checkpoints"),
    )
    (course / "data").mkdir()
    for path in (root / "data").glob("*.h5"):
        shutil.copy(path, course / "data")
    config = (root / "nbgrader_config.py").read_text(encoding="utf-8")
    (course / "nbgrader_config.py").write_text(config + CONFIG, encoding="utf-8")
    done = run_module(course, "nbgrader", "generate_assignment", assignment)
    if done.returncode:
        raise KitError(f"nbgrader cannot make the assignment: {done.stdout[-1000:]}")
    shutil.rmtree(course / "release")
    return course


# ------------------------------------------------------------------ in Gradescope's container


def run(root, assignment):
    """Grade ROOT/submission and write ROOT/results/results.json, whatever happens."""
    started, root = time.monotonic(), Path(root)
    with tempfile.TemporaryDirectory(prefix="grading-") as folder:  # only root can look into it
        try:
            results = grade(Path(folder, "course"), root / "source" / "course", root / "submission", assignment)
        except Exception as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            results = {
                "score": 0,
                "output": "The autograder failed, so this submission is not graded yet. This is not your "
                "mistake: please tell your instructor, who can see why in the log.",
            }
    results |= {
        "execution_time": round(time.monotonic() - started),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
    }
    (root / "results").mkdir(exist_ok=True)
    with when_complete(root / "results" / "results.json") as unfinished:
        unfinished.write_text(json.dumps(results, indent=1), encoding="utf-8")


def grade(course, template, submission, assignment):
    """The results of a submission: its score, and a test for each step. Raises RuntimeError, TimeoutExpired."""
    shutil.copytree(template, course)
    submitted = course / "submitted" / STUDENT / assignment
    with open_folder(submission) as folder:
        names = _names(course, assignment)
        for entry in copy_tree(folder, submitted, lambda entry: not _is_of_macos(entry.path), first=names):
            print(f"{entry.path!r} is not used: {entry.refused}")
    if not any(_may_be_a_notebook(path.relative_to(submitted)) for path in submitted.rglob("*")):
        return {"score": 0, "output": f"The submission holds no notebook. Upload {_expected(course, assignment)}."}
    if not list(submitted.glob("[!.]*.ipynb")):  # nbgrader looks for notebooks here; the kit also in folders and zips
        nbformat.write(nbformat.v4.new_notebook(), submitted / names[0])
    options = [f"--Sandbox.sandbox={_sandbox()}", "--force"]
    done = run_module(course, "nbgrader", "autograde", assignment, *options, timeout=SECONDS)
    print(done.stdout)
    if done.returncode:
        raise RuntimeError("nbgrader autograde failed")
    return results_of(course, assignment)


def results_of(course, assignment):
    """The results of the graded submission: those of exercises step by step, those of ordinary grade cells as they are."""
    said, found, score = [], [], 0
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for path in sorted((course / "autograded" / STUDENT / assignment).glob("*.ipynb")):
            for cell in filter(is_grade, nbformat.read(path, as_version=4).cells):
                grade = gradebook.find_grade(cell.metadata.nbgrader.grade_id, path.stem, assignment, STUDENT)
                earned = grade.auto_score or 0
                verdict = next((verdict for _, verdict in verdicts_in([cell])), None)
                if verdict:
                    name, status, found = verdict["exercise"], verdict["status"], [*found, *tests(verdict)]
                else:
                    name, status = grade.name, "graded by hand" if grade.auto_score is None else "tested"
                    found.append(_test(name, earned, grade.max_score, f"({status})"))
                score += earned
                said.append(f"{name}: {earned:g} of {grade.max_score:g} points ({status})")
    return {"score": score, "output": "\n".join(said), "tests": found}


def _is_of_macos(path):
    """Whether a file is one that macOS puts into zips beside the others."""
    return "__MACOSX" in path.split("/") or path.rsplit("/", 1)[-1].startswith("._")


def _may_be_a_notebook(path):
    """Whether a file of a submission may be a notebook or hold one."""
    return path.suffix in (".ipynb", ".zip", ".py") and not any(part.startswith(".") for part in path.parts)


def _names(course, assignment):
    return [path.name for path in sorted((course / "source" / assignment).glob("*.ipynb"))]


def _expected(course, assignment):
    return " and ".join(_names(course, assignment))


def _sandbox():
    """bubblewrap where the container lets it make namespaces, otherwise a user with no rights."""
    try:
        Sandbox().verify()
        return "bubblewrap"
    except SandboxError as error:
        print(error)
        return "user"


def tests(verdict):
    """Gradescope's tests of an exercise: one for each step. What was found stands at the step that it is about."""
    said = {}
    for finding in verdict["findings"]:
        said.setdefault((finding["steps"] or [verdict["steps"][0]["id"]])[0], []).append(finding["text"])
    for step in verdict["steps"]:
        output = "\n\n".join(said.get(step["id"], []))
        yield _test(f"{verdict['exercise']}: {step['name']}", step["earned"], step["points"], output)


def _test(name, earned, points, output):
    return {
        "name": name,
        "score": earned,
        "max_score": points,
        "status": "passed" if earned == points else "failed",
        "output": output,
        "output_format": "text",
        "visibility": "visible",
    }


if __name__ == "__main__":
    run(*sys.argv[1:])
