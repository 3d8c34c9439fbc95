"""What leaves the kit for a reader, a spreadsheet or a learning management system: text of students' stays text, and one
broken submission costs one row."""

import contextlib
import csv
import io
import json
import os
import re
import subprocess
import sys

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbgrader.api import Gradebook

from autograder.course.alike import near_duplicates
from autograder.course.files import when_complete
from autograder.course.short import write_short
from autograder.course.summary import anonymous
from autograder.course.tables import CONTROL, without_formulas, write_table
from tests.helpers.commands import run_module
from tests.helpers.submissions import ASSIGNMENT, ROOT, new_course, solution_cells, write_submission

FORMULAS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
EVIL = (
    '=1+1;=HYPERLINK("http://x")\t+1\n@SUM(1)\r;-2 <img src=x onerror=alert(1)>\'\x1b]0;title\x07\u202e\x00 {{ 7*7 }} '
    "\\href{javascript:x}{x}"
)
STUDENT = "=1+1;@SUM(1)"  # what a folder may be called


@pytest.mark.parametrize("value", [*FORMULAS, "a;=1", "a; =1", 'a;"=1', "a;'+1", "\t=1", "\n=1", " =1", '"=1', EVIL])
def test_no_cell_is_a_formula_whatever_separates_cells(value):
    file = io.StringIO()
    write_table(file, [["before", value, "after"]])
    for separator in ",;\t|":
        (row,) = csv.reader(io.StringIO(file.getvalue()), delimiter=separator)
        assert not [cell for cell in row if cell.strip('" ').startswith(FORMULAS)]
    for piece in re.split(r"[;\r\n\t]", without_formulas(value)):
        assert not piece.strip('" ').startswith(FORMULAS)
    assert not CONTROL.search(without_formulas(value))


@pytest.mark.parametrize("value", [-1.5, 0, True, "Zoë O'Brien; Jr.", "a-b", "x = 1", "7 of 10"])
def test_what_is_no_formula_stays(value):
    assert without_formulas(value) == value


@pytest.fixture(scope="module")
def course(generated, tmp_path_factory):
    """A course in which every field that a student controls holds the same hostile text."""
    course = new_course(generated, tmp_path_factory.mktemp("readers") / "course")
    literal = ascii(EVIL)
    code = (
        f"def identity_block(X, f, filters, initializer=random_uniform):\n    {literal}\n    print({literal})\n"
        f"    class Evil(layers.Layer):\n        def call(self, x):\n            return x + 1\n"
        f"    Evil.__name__ = Evil.__qualname__ = {literal}\n    return Evil()(X)\n"
    )
    kind = ascii(EVIL.replace("\0", ""))
    crash = f"def convolutional_block(*a, **k):\n    raise type({kind}, (Exception,), {{}})({literal})\n"
    folder = write_submission(course, STUDENT, {**solution_cells(), "identity_block": code, "convolutional_block": crash})
    for path in folder.glob("*.ipynb"):
        notebook = json.loads(path.read_text())
        text = {
            "cell_type": "markdown",
            "source": EVIL,
            "metadata": {"name": EVIL, "nbgrader": {"grade_id": EVIL}},
            "id": EVIL,
        }
        notebook["cells"].insert(0, text)
        for cell in notebook["cells"]:
            cell["metadata"]["tags"] = [EVIL]
        notebook["metadata"] |= {"title": EVIL, "authors": EVIL, "kernelspec": {"name": EVIL, "display_name": EVIL}}
        path.write_text(json.dumps(notebook))
    (folder / EVIL.replace("/", "").replace("\0", "")).write_text(EVIL)
    write_submission(course, "good", solution_cells())
    run(course, "nbgrader", "autograde", ASSIGNMENT)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.update_or_create_student(STUDENT, first_name=EVIL, last_name=EVIL, email=EVIL, lms_user_id=EVIL)
    run(course, "autograder", "feedback", ASSIGNMENT)
    for name in ("Canvas", "Moodle", "Table"):
        run(course, "nbgrader", "export", "--exporter", f"autograder.course.export.{name}Export", "--to", f"{name}.csv")
    return course


def write_short_in(course):
    with contextlib.chdir(course):
        return write_short(ASSIGNMENT)


def run(course, *command):
    done = run_module(command, course)
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


@pytest.mark.slow
def test_a_hostile_text_in_every_field_is_text_in_every_file(course):
    run(course, "autograder", "report", ASSIGNMENT)
    run(course, "autograder", "feedback", ASSIGNMENT, "--short")
    pages = [*(course / "feedback").rglob("*.html"), course / f"{ASSIGNMENT}_report.html"]
    assert len(pages) == 7
    for path in pages:
        text = path.read_text(encoding="utf-8")
        soup = BeautifulSoup(text, "html.parser")
        assert not soup.find_all(["script", "iframe", "object", "embed", "form", "base"]), path
        assert not [tag for tag in soup.find_all(True) for name in tag.attrs if name.startswith("on")], path
        assert "default-src 'none'" in text and not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text), path
    for path in [*course.glob("*.csv")]:
        text = path.read_text(encoding="utf-8")
        assert not CONTROL.search(text.replace("\n", "")), path
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row] + re.split(r"[;\n]", text)
        assert not [cell for cell in cells if cell.strip('" ').startswith(FORMULAS)], path
    assert len([*course.glob("*.csv")]) == 4
    data = json.loads((course / f"{ASSIGNMENT}_report.json").read_text())
    assert {row["student"] for row in data["trouble"]} == {STUDENT} and data["count"] == 2
    for path in (course / "autograded").rglob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        assert not [cell for cell in notebook.cells if cell.cell_type == "markdown" and "<img src=x" in cell.source]
    names = [name for _, folders, files in os.walk(course / "feedback") for name in [*folders, *files]]
    assert not [name for name in names if CONTROL.search(name)]


@pytest.mark.slow
def test_an_unreadable_notebook_costs_one_row(course):
    folder = course / "autograded" / "good" / ASSIGNMENT
    folder.chmod(0o755)
    (folder / "._residual_networks.ipynb").write_bytes(b"\x00\x05\x16\x07Mac OS X")
    path = folder / "vanishing_gradients.ipynb"
    path.chmod(0o644)
    kept = path.read_bytes()
    for broken in (b"\xff\xfe", b"{", b"[]", b'{"cells": [1]}', b'{"cells": [{"source": []}]}', b"[" * 100_000):
        path.write_bytes(broken)
        run(course, "autograder", "report", ASSIGNMENT)
        data = json.loads((course / f"{ASSIGNMENT}_report.json").read_text())
        (row,) = [row for row in data["trouble"] if row["student"] == "good"]
        assert "vanishing_gradients.ipynb cannot be read" in row["says"] and data["count"] == 2
        assert write_short_in(course) == 2
        page = (course / "feedback" / "good" / ASSIGNMENT / "feedback.html").read_text()
        assert "test_gradient_norms</td>" in page and "ResNet50: 10 of 10" in page  # the gradebook has the points
    path.write_bytes(kept)


@pytest.mark.parametrize(
    "code", ["+".join("a" * 600), "(" * 600, "-" * 5000 + "1", "\0", "if x:\n" * 90, "a" * 30_000 + "("]
)
def test_code_that_python_cannot_take_apart_does_not_end_the_report(code):
    assert isinstance(anonymous("x = " + code), str)


def test_an_example_has_no_comments_and_texts():
    assert anonymous('def f(a):\n    "Ada"\n    return (a +\n 1)  # Lovelace') == "def f(a):\n    return a + 1"


def test_pairs_are_the_same_in_every_run():
    cases = str(ROOT / "tests" / "cases" / "identity_block")
    script = (
        "import json, random, pathlib\nfrom autograder.course.alike import near_duplicates\n"
        f"files = sorted(pathlib.Path({cases!r}).glob('*.py'))\nrng = random.Random(3)\n"
        "codes = [{str(j): rng.choice(files).read_text() for j in range(3)} for k in range(40)]\n"
        "print(json.dumps(near_duplicates([{'student': f's{k}', 'code': code} for k, code in enumerate(codes)])))"
    )
    found = set()
    for seed in ("1", "2", "3", "4"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True)
        found.add(done.stdout)
    assert len(found) == 1 and json.loads(found.pop())


def test_a_pair_comes_with_its_lines():
    odd = "# my very odd remark about turtles and their shells\nturtle_count = shells + 41 - 41\n"
    students = [{"student": f"s{k}", "code": {"a": f"unlike_{k} = {k}\n" * 3}} for k in range(20)]
    for k in (3, 7):
        students[k]["code"]["b"] = odd
    (pair,) = near_duplicates(students)
    assert (pair["one"], pair["other"]) == ("s3", "s7") and "turtle_count = shells" in pair["lines"]


def test_a_file_is_replaced_when_it_is_complete(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("before")

    def write(text, error=None):
        with when_complete(target) as unfinished:
            unfinished.write_text(text)
            if error:
                raise error

    with pytest.raises(ValueError, match="stopped"):
        write("half", ValueError("stopped"))
    assert target.read_text() == "before" and list(tmp_path.iterdir()) == [target]
    write("after")
    assert target.read_text() == "after" and list(tmp_path.iterdir()) == [target]
