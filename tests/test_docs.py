"""The docs: the site builds without a warning, the picture of the architecture is true, and commands do what pages say."""

import re
import shlex
import subprocess
import sys

import pytest

from tests.helpers.submissions import ROOT
from tools.architecture import PICTURE, draw

PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = ("make ", "python ", "nbgrader ", "pip ", "pytest ", "jupyter ", "docker ")
# What runs a command, by how it begins: a test file that holds the given words, or the Makefile or CI.
RUN_BY = {
    "make grade": ("tests/grading/test_grading.py", "grade_class"),
    "make test": (".ci/run", "make test"),
    "make check": ("Makefile", "check: setup"),
    "make setup": ("Makefile", "test: setup"),
    "make release": ("tests/course/test_release.py", "generate_assignment"),
    "make record": ("tests/model/test_reference.py", "record"),
    "make outputs": ("Makefile", "pytest --nbval"),
    "make docs": ("tests/test_docs.py", "sphinx"),
    "nbgrader generate_assignment": ("tools/grade_class.py", "generate_assignment"),
    "nbgrader zip_collect": ("tests/course/test_instructor.py", "nbgrader zip_collect"),
    "nbgrader export": ("tests/course/test_instructor.py", "nbgrader export"),
    "nbgrader autograde": ("tests/course/test_class.py", "autograde"),
    "nbgrader generate_feedback": ("tools/attack.py", "generate_feedback"),
    "nbgrader release_assignment": ("tests/course/test_instructor.py", "nbgrader release_assignment"),
    "nbgrader collect": ("tests/course/test_instructor.py", "nbgrader collect"),
    "nbgrader release_feedback": ("tests/course/test_instructor.py", "nbgrader release_feedback"),
    "python -m autograder bundle": ("tests/course/test_bundle.py", "bundle("),
    "python -m autograder grade": ("tests/course/test_instructor.py", "python -m autograder grade"),
    "python -m autograder feedback": ("tests/course/test_instructor.py", "python -m autograder feedback"),
    "python -m autograder report": ("tests/course/test_instructor.py", "python -m autograder report"),
    "python -m autograder regrade": ("tests/course/test_instructor.py", "autograder regrade"),
    "python -m autograder gradescope": ("tests/course/test_gradescope.py", "build("),
    "python -m autograder record": ("tests/model/test_reference.py", "record"),
    "python -m tools.attack": ("tests/sandbox/test_attacks.py", "attack"),
    "python -m tools.mistakes": ("tests/student/test_tutor.py", "mistakes"),
    "python -m tools.architecture": ("tests/test_docs.py", "draw()"),
    "python -m tools.mutations": ("tests/model/test_mutations.py", "mutations"),
    "pytest tests/model/test_cases.py": (".ci/run", "make test"),
    "pip install": ("tests/course/test_bundle.py", "install"),
    "jupyter lab": ("tests/helpers/browser.py", "jupyter"),
}
# Run below, small.
BENCHMARKS = (
    "benchmarks/sandbox_start.py 1",
    "benchmarks/judge_cost.py",
    "benchmarks/check_time.py",
    "benchmarks/report_time.py 300",
)
# No Docker engine here, another TensorFlow to install, or an hour of measuring.
NOT_RUN = (
    "docker ",
    "make drift",
    "python benchmarks/throughput.py",
    "python benchmarks/training.py",
    "python benchmarks/endurance.py",
)


def commands():
    """Every command of the pages, in blocks and in sentences."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        blocks = "".join(re.findall(r"^```\n(.*?)^```", text, re.S | re.M)).splitlines()
        for line in [*blocks, *re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M))]:
            if line.startswith(PROGRAMS) and len(line.split()) > 1:
                yield page.name, line


@pytest.mark.parametrize("page, line", sorted(set(commands())))
def test_every_command_of_the_pages_is_run_by_a_test(page, line):
    begins = [
        words
        for words in (*RUN_BY, *NOT_RUN, *(f"python {name.split()[0]}" for name in BENCHMARKS))
        if line.startswith(words) or words.startswith(line)
    ]
    assert begins, f"{page}: nothing runs {line!r}"
    for path, words in (RUN_BY[words] for words in begins if words in RUN_BY):
        assert words in (ROOT / path).read_text(encoding="utf-8"), (path, words)


@pytest.mark.slow
@pytest.mark.parametrize("line", BENCHMARKS)
def test_a_benchmark_prints_its_figures(line):
    done = subprocess.run([sys.executable, *shlex.split(line)], cwd=ROOT, text=True, capture_output=True)
    assert done.returncode == 0 and re.search(r"\d\.\d", done.stdout), done.stderr[-2000:]


def test_the_site_builds_without_a_warning(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "-c", "docs", ".", str(tmp_path)],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    pages = {path.stem for path in tmp_path.rglob("*.html")}
    assert {page.stem for page in PAGES} <= pages


def test_the_picture_of_the_architecture_is_the_code_s():
    assert PICTURE.read_text(encoding="utf-8") == draw(), "draw it again: python -m tools.architecture"
