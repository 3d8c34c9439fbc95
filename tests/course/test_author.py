"""The commands for whoever writes an exercise."""

import json
import subprocess
import sys

import pytest

from tests.helpers.commands import run_module
from tests.helpers.submissions import OPTIONAL, ROOT, new_course, solution_cells, write_submission

pytestmark = pytest.mark.slow


def run(folder, *words, input=None):
    if input is None:
        return run_module(["autograder", *words], folder, apart=True)
    command = [sys.executable, "-m", "autograder", *words]
    return subprocess.run(command, cwd=folder, text=True, capture_output=True, input=input)


def test_one_answer_is_judged_in_the_sandbox(tmp_path):
    case = ROOT / "tests" / "cases" / "identity_block" / "filters_swapped.py"
    done = run(ROOT, "judge", "identity_block", str(case))
    assert done.returncode == 1 and "identity_block: 8 of 10 points (wrong)" in done.stdout
    assert "Codes:     setting:conv1.filters" in done.stdout
    hostile = f"open({str(tmp_path / 'left')!r}, 'w').write('x')\ndef identity_block(*a, **k): raise ValueError('here')"
    done = run(ROOT, "judge", "identity_block", "-", input=hostile)
    assert done.returncode == 1 and "0 of 10" in done.stdout and not (tmp_path / "left").exists()


@pytest.mark.parametrize(
    "words,said",
    [
        (("identity_blok", "-"), "There is no exercise 'identity_blok'; there are"),
        (("identity_block", "nowhere.py"), "nowhere.py cannot be read"),
    ],
)
def test_what_cannot_be_judged_is_named(words, said):
    done = run(ROOT, "judge", *words, input="")
    assert done.returncode == 1 and said in done.stderr and "Traceback" not in done.stderr


def test_a_sound_exercise_is_found_sound():
    done = run(ROOT, "check", OPTIONAL)
    assert (done.returncode, done.stdout) == (0, f"{OPTIONAL}.ipynb: nothing wrong with {OPTIONAL}\n"), done.stderr


CHANGES = {  # of the exercise's declaration: the old text, the new, and what is said
    "points": ("points = 1\n", "points = 2\n", "its steps 11 in all"),
    "a step that never is": ('id = "add"', 'id = "sum"', "no hidden case has the step sum"),
    "a mistake of an unknown step": ('"extra:ReLU@add"', '"extra:ReLU@adds"', "no difference can match 'extra:ReLU@adds'"),
    "no task": ("[[steps]]", "[[stepz]]", "is not a valid exercise"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_wrong_with_an_exercise_is_named(generated, tmp_path, name):
    course = new_course(generated, tmp_path / "course", only=OPTIONAL)
    path = course / "source" / OPTIONAL / "exercises" / f"{OPTIONAL}.toml"
    old, new, said = CHANGES[name]
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    done = run(course, "check", OPTIONAL)
    assert done.returncode == 1 and said in done.stdout and "Traceback" not in done.stderr, done.stdout + done.stderr


def test_cases_that_cannot_tell_answers_apart_are_named(generated, tmp_path):
    """Recorded anew with poor hidden cases, an exercise says which answers would pass."""
    course = new_course(generated, tmp_path / "course", only=OPTIONAL)
    path = course / "source" / OPTIONAL / "hidden" / f"{OPTIONAL}.json"
    reference = json.loads(path.read_text())
    for each in reference["cases"]:
        each["case"]["filters"] = [4, 4, 6]
    path.write_text(json.dumps(reference))
    said = run(course, "check", OPTIONAL).stdout
    assert "F1 and F2 are equal in all hidden cases" in said and "F3 is the same in all hidden cases" in said


def test_points_that_do_not_add_up_are_refused_before_grading(generated, tmp_path):
    course = new_course(generated, tmp_path / "course", only=OPTIONAL)
    path = course / "source" / OPTIONAL / "exercises" / f"{OPTIONAL}.toml"
    path.write_text(path.read_text().replace("points = 1\n", "points = 2\n", 1))
    write_submission(course, "anna", solution_cells(OPTIONAL), OPTIONAL)
    done = run_module(["nbgrader", "autograde", OPTIONAL], course, apart=True)
    assert done.returncode != 0 and "gives 10 points" in done.stderr and "Traceback" not in done.stderr, done.stderr
