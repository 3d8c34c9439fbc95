"""The docs: the site builds without a warning, the picture of the architecture is true, and commands do what pages say."""

import ast
import re
import shlex
import subprocess
import sys

import pytest

from benchmarks import history
from tests.helpers.commands import blocks
from tests.helpers.submissions import ROOT
from tools.architecture import PICTURE, draw

PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = ("make ", "python ", "nbgrader ", "pip ", "pytest ", "jupyter ", "podman ", "grader ")
# The test, or the fixture of tests, that runs a command, by how the command begins.
RUN_BY = {
    "make grade": "tests/grading/test_grading.py::course",
    "make release": "tests/course/test_release.py::test_release_is_what_source_generates",
    "make record": "tests/model/test_reference.py::test_recorded_references_are_what_the_solutions_hand_in",
    "make docs": "tests/test_docs.py::test_the_site_builds_without_a_warning",
    "nbgrader generate_assignment": "tests/conftest.py::generated",
    "nbgrader zip_collect": "tests/course/test_instructor.py::collected",
    "nbgrader export": "tests/course/test_instructor.py::test_grades_leave_as_the_systems_import_them",
    "nbgrader autograde": "tests/helpers/grader.py::grade",
    "nbgrader generate_feedback": "tools/attack.py::run_kit",
    "nbgrader release_assignment": "tests/course/test_instructor.py::home",
    "nbgrader collect": "tests/course/test_instructor.py::home",
    "nbgrader release_feedback": "tests/course/test_instructor.py::test_feedback_goes_back_by_the_exchange",
    "python -m autograder bundle": "tests/course/test_bundle.py::archive",
    "chromium --headless": "tests/course/test_instructor.py::test_results_are_one_short_page_for_mail_and_a_pdf",
    "python -m autograder grade": "tests/course/test_instructor.py::course",
    "python -m autograder feedback": "tests/course/test_instructor.py::test_the_class_is_graded_and_gets_feedback",
    "nbgrader db assignment add": "tests/course/test_unusual.py::test_a_changed_deadline_counts",
    "python -m autograder report": "tests/course/test_instructor.py::test_the_report_says_what_the_class_did",
    "python -m autograder regrade": "tests/course/test_instructor.py::test_a_regrade_is_shown_before_it_is_written",
    "python -m autograder gradescope": "tests/course/test_gradescope.py::source",
    "python -m autograder record": "tests/model/test_reference.py::test_recorded_references_are_what_the_solutions_hand_in",
    "python -m autograder judge": "tests/course/test_author.py::test_one_answer_is_judged_in_the_sandbox",
    "python -m autograder check": "tests/course/test_author.py::test_a_sound_exercise_is_found_sound",
    "python -m autograder new": "tests/course/test_product.py::course",
    "python -m autograder add": "tests/course/test_product.py::with_ours",
    "python -m autograder upgrade": "tests/course/test_product.py::test_a_course_from_an_empty_folder_is_graded_and_reported",  # noqa: E501
    "python -m autograder wheel": "tests/course/test_product.py::test_the_students_wheel_can_be_installed_and_brings_the_pictures",  # noqa: E501
    "nbgrader db student import": "tests/course/test_zip_collect.py::test_a_roster_names_those_known_by_number",
    "python -m autograder roster": "tests/course/test_round_trips.py::test_every_student_of_the_download_is_found_by_the_import",  # noqa: E501
    "python -m autograder attempts": "tests/course/test_attempts.py::compared",
    "python -m autograder graders": "tests/course/test_graders.py::test_submissions_are_shared_evenly_and_without_names",
    "python -m autograder doctor": "tests/course/test_doctor.py::test_a_machine_that_can_grade_is_told_so",
    "python -m benchmarks.history": "tests/test_docs.py::test_the_history_of_speed_is_drawn",
    "python -m tools.attack": "tests/sandbox/test_attacks.py::place",
    "python -m tools.fuzz": "tests/grading/test_slow_inputs.py::test_a_short_run_of_the_fuzzing_harness_finds_nothing",
    "python -m tools.mistakes": "tests/student/test_tutor.py::test_every_named_mistake_is_on_the_page_and_nothing_of_the_solution",  # noqa: E501
    "python -m tools.screenshots": "tests/student/test_browser.py::test_pictures_of_findings_are_taken_and_can_be_read",
    "python -m tools.oracle": "tests/model/test_operations.py::test_the_oracle_computes_what_keras_does",
    "python -m tools.architecture": "tests/test_docs.py::test_the_picture_of_the_architecture_is_the_code_s",
    "python -m tools.mutations": "tests/model/test_mutations.py::test_every_wrong_one_is_charged_and_no_right_one",
    "pytest tests/model/test_cases.py": "tests/model/test_cases.py::test_verdict",
    "pip install": "tests/course/test_bundle.py::test_the_commands_of_its_readme_lead_to_the_first_passed_check",
    "podman build": "tests/course/test_containers.py::images",
    "podman run": "tests/course/test_containers.py::test_the_hubs_image_has_nbgraders_extensions_and_no_solutions",
    "grader ": "tests/course/test_containers.py::test_the_class_gets_its_points_in_the_graders_container",
    "jupyter lab": "tests/helpers/browser.py::JupyterServer",
}
# Targets of the Makefile that run tests, or run for long: make itself says what they would do.
TARGETS = (
    *("make test", "make check", "make nightly", "make containers", "make lint", "make setup", "make outputs"),
    *("make drift", "make wheel", "make lock", "make help", "make peers"),
)
# Run below, small.
BENCHMARKS = (
    "-m benchmarks.sandbox_start 1",
    "-m benchmarks.judge_cost",
    "-m benchmarks.check_time",
    "-m benchmarks.report_time 60",
)
# An hour of measuring.
NOT_RUN = (
    *("python -m benchmarks.throughput", "python -m benchmarks.training", "python -m benchmarks.endurance"),
    *("python -m benchmarks.judge_limits", "python -m tools.peers"),
)


def commands():
    """Every command of the pages, in blocks and in sentences."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        lines = "".join(blocks(text)).splitlines()
        for line in [*lines, *re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M))]:
            if line.startswith(PROGRAMS) and len(line.split()) > 1:
                yield page.name, line


@pytest.mark.parametrize("page, line", sorted(set(commands())))
def test_every_command_of_the_pages_is_run_by_a_test(page, line):
    known = (*RUN_BY, *TARGETS, *NOT_RUN, *(f"python {' '.join(name.split()[:2])}" for name in BENCHMARKS))
    assert any(line.startswith(words) or words.startswith(line) for words in known), f"{page}: nothing runs {line!r}"


@pytest.mark.parametrize("name", sorted(set(RUN_BY.values())))
def test_what_runs_a_command_is_there(name):
    path, function = name.split("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert function in {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


@pytest.mark.parametrize("target", [*TARGETS, *(name for name in RUN_BY if name.startswith("make "))])
def test_make_knows_the_target(target):
    done = subprocess.run([*target.split(), "--dry-run"], cwd=ROOT, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "line", [BENCHMARKS[0], *(pytest.param(line, marks=pytest.mark.nightly) for line in BENCHMARKS[1:])]
)
def test_a_benchmark_prints_its_figures(line):
    done = subprocess.run([sys.executable, *shlex.split(line)], cwd=ROOT, text=True, capture_output=True)
    assert done.returncode == 0 and re.search(r"\d\.\d", done.stdout), done.stderr[-2000:]


@pytest.mark.slow
def test_the_history_of_speed_is_drawn():
    """The picture that is there shows all figures that are there."""
    before = history.PICTURE.read_text(encoding="utf-8")
    subprocess.run([sys.executable, "-m", "benchmarks.history"], cwd=ROOT, check=True)
    assert history.PICTURE.read_text(encoding="utf-8") == before


@pytest.mark.slow
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
