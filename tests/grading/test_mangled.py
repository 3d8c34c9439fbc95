"""Notebooks as students sometimes hand them in: repaired where the intent is plain, and nobody else's trouble otherwise."""

import copy
import json
import os
import shutil
import zipfile

import pytest
from nbgrader.api import Gradebook

from tests.helpers.commands import run_module
from tests.helpers.submissions import ASSIGNMENT, new_course, solution_cells, write_submission
from tests.helpers.verdicts import read_verdicts

pytestmark = pytest.mark.slow
SOLUTIONS = solution_cells()


def grade_id(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def delete_tests(notebook):
    notebook["cells"] = [c for c in notebook["cells"] if not grade_id(c).startswith("test_")]


def copy_solutions(notebook):
    notebook["cells"] = [
        c
        for cell in notebook["cells"]
        for c in ([cell, {**copy.deepcopy(cell), "id": cell["id"] + "-copy"}] if grade_id(cell) in SOLUTIONS else [cell])
    ]


def retype_tests(notebook):
    for cell in notebook["cells"]:
        if grade_id(cell).startswith("test_"):
            cell["cell_type"] = "markdown"
            del cell["outputs"], cell["execution_count"]


def drop_metadata_of_solutions(notebook):
    for cell in notebook["cells"]:
        if grade_id(cell) in SOLUTIONS:
            cell["metadata"] = {}


def foreign_cells(notebook):
    notebook["cells"][2]["metadata"]["nbgrader"]["grade_id"] = "cell-of-last-year"
    extra = copy.deepcopy(next(c for c in notebook["cells"] if grade_id(c).startswith("test_")))
    extra["id"], extra["metadata"]["nbgrader"]["grade_id"], extra["source"] = "foreign", "test_unknown", "1 / 0"
    notebook["cells"].append(extra)


def other_kernel(notebook):
    notebook["metadata"]["kernelspec"] = {"name": "julia-1.9", "display_name": "Julia"}


def no_metadata(notebook):
    notebook["metadata"] = {}


def check_overwritten(notebook):
    for cell in notebook["cells"]:
        if grade_id(cell) in SOLUTIONS:
            cell["source"] = "".join(cell["source"]) + "\ncheck = 5\n"


def move_tests_up(notebook):
    cells = notebook["cells"]
    tests = [c for c in cells if grade_id(c).startswith("test_")]
    notebook["cells"] = tests + [c for c in cells if not grade_id(c).startswith("test_")]


def delete_everything_but_solutions(notebook):
    notebook["cells"] = [c for c in notebook["cells"] if grade_id(c) in SOLUTIONS]


def empty_tests(notebook):
    for cell in notebook["cells"]:
        if grade_id(cell).startswith("test_"):
            cell["source"] = "pass"


def change_points_and_schema(notebook):
    for cell in notebook["cells"]:
        if grade_id(cell):
            cell["metadata"]["nbgrader"].update(points=1000, schema_version=99, locked=False, solution=True, grade=True)


def old_schema(notebook):
    for cell in notebook["cells"]:
        if grade_id(cell):
            cell["metadata"]["nbgrader"]["schema_version"] = 1


def nonsense_in_metadata(notebook):
    notebook["metadata"] = {"kernelspec": 5, "language_info": [], "residual_networks_kit": "x", "widgets": {"a": 1}}
    notebook["cells"][0]["metadata"] = {"nbgrader": "x", "tags": 7}
    notebook["cells"].append({"cell_type": "code", "metadata": {"nbgrader": {"grade_id": ["a"]}}, "source": "1"})
    notebook["cells"] += [5, None, {"cell_type": "what"}, {"source": {}}]


def word_quotes(notebook):
    for cell in notebook["cells"]:
        if grade_id(cell) in SOLUTIONS:
            cell["source"] = "".join(cell["source"]).replace('"', "\u201d")


def no_format_version(notebook):
    del notebook["nbformat"], notebook["nbformat_minor"]


def same_ids(notebook):
    for cell in notebook["cells"]:
        cell["id"] = "same"


REPAIRED = [
    delete_tests,
    copy_solutions,
    retype_tests,
    drop_metadata_of_solutions,
    foreign_cells,
    other_kernel,
    no_metadata,
    check_overwritten,
    move_tests_up,
    delete_everything_but_solutions,
    empty_tests,
    change_points_and_schema,
    old_schema,
    nonsense_in_metadata,
    word_quotes,
    no_format_version,
    same_ids,
]


# The notebook as a file.


def byte_order_mark(path):
    path.write_text(path.read_text(), encoding="utf-8-sig")


def utf16(path):
    path.write_text(path.read_text(), encoding="utf-16")


def latin1(path):
    notebook = json.loads(path.read_text())
    notebook["cells"][0]["source"] = "caf\xe9"
    path.write_text(json.dumps(notebook, ensure_ascii=False), encoding="latin-1", errors="replace")


def old_format(path):
    notebook = json.loads(path.read_text())
    cells = [
        {**cell, "input": cell.pop("source"), "prompt_number": 1, "language": "python"}
        if cell["cell_type"] == "code"
        else cell
        for cell in notebook["cells"]
    ]
    path.write_text(
        json.dumps(
            {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells, "metadata": {}}]}
        )
    )


def conflict_in_outputs(path):
    notebook = json.loads(path.read_text())
    notebook["metadata"]["kernelspec"] = {"name": "python3", "display_name": "a"}
    lines = json.dumps(notebook, indent=1).splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if '"display_name": "a"' in line)
    lines[at : at + 1] = ["<<<<<<< HEAD\n", lines[at], "=======\n", lines[at].replace('"a"', '"b"'), ">>>>>>> other\n"]
    path.write_text("".join(lines))


def renamed(path):
    path.rename(path.with_name(f"{path.stem} (1) final.ipynb"))


def link_inside(path):
    path.rename(path.with_name(f"real_{path.name}"))
    path.symlink_to(f"real_{path.name}")


def strange_neighbours(path):
    folder = path.parent
    if (folder / "big.bin").exists():
        return
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "nowhere").symlink_to("/nonexistent")
    (folder / "loop").symlink_to(".")
    os.mkfifo(folder / "pipe")
    (folder / "new\nline \x1b[31m.txt").write_text("x")
    (folder / "-rf").write_text("x")
    (folder / "$(touch x); echo .py").write_text("x")
    os.makedirs(os.fsencode(folder / "bytes") + b"\xff\xfe")
    with open(folder / "big.bin", "wb") as file:
        file.truncate(3_000_000_000)
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(100_000_000))


REPAIRED_FILES = [byte_order_mark, utf16, latin1, old_format, conflict_in_outputs, renamed, link_inside, strange_neighbours]


# Both notebooks are handed in; of the others, one: what is mangled in two costs twice, and shows no more.
OF_BOTH = ("delete_tests", "delete_everything_but_solutions", "old_format", "renamed", "link_inside", "strange_neighbours")


def text(change):
    return lambda path: path.write_text(change(path.read_text()))


def folder_instead(path):
    path.unlink()
    path.mkdir()
    (path / "inside.txt").write_text("x")


def link_outside(path):
    path.unlink()
    path.symlink_to(f"../../../source/{ASSIGNMENT}/{path.name}")


UNREADABLE = {
    "half": (text(lambda text: text[:3000]), "ends in the middle"),
    "empty": (text(lambda text: ""), "is empty"),
    "conflict": (
        text(lambda text: text.replace('"cells": [', '"cells": [\n<<<<<<< HEAD\n{},\n=======\n[]\n>>>>>>> x\n')),
        "merge conflicts",
    ),
    "word_document": (lambda path: path.write_bytes(b"PK\x03\x04" + bytes(100)), "zip archive"),
    "not_json": (text(lambda text: "my notebook\n" + text), "not valid JSON"),
    "other_json": (text(lambda text: '{"a": 1}'), "has no cells"),
    "deep": (text(lambda text: "[" * 100_000), "nested too deep"),
    "large": (lambda path: os.truncate(path, 100_000_000), "100 MB"),
    "folder": (folder_instead, "is a folder"),
    "link": (link_outside, "is a link"),
    "missing": (lambda path: path.rename(path.with_name(f"notes{len(path.name)}.txt")), "there is no file"),
}


def add_a_locked_cell(path):
    """What an instructor may do when the assignment has been handed out: the gradebook does not know the cell."""
    notebook = json.loads(path.read_text())
    cell = copy.deepcopy(next(c for c in notebook["cells"] if grade_id(c) == "packages"))
    cell["id"], cell["metadata"]["nbgrader"]["grade_id"], cell["source"] = "later", "added_later", "print('added later')"
    notebook["cells"].append(cell)
    path.write_text(json.dumps(notebook))


def handed_in(course, student):
    """A submission that is going to be mangled: its notebooks."""
    folder = write_submission(course, student, SOLUTIONS)
    if student not in OF_BOTH:
        (folder / "vanishing_gradients.ipynb").unlink()
    return sorted(folder.glob("*.ipynb"))


@pytest.fixture(scope="module")
def run(generated, tmp_path_factory):
    """All mangled submissions graded in one run of nbgrader: the course, and {student: (score, [scores])}."""
    course = new_course(generated, tmp_path_factory.mktemp("mangled") / "course")
    add_a_locked_cell(course / "source" / ASSIGNMENT / "vanishing_gradients.ipynb")
    for edit in REPAIRED:
        for path in handed_in(course, edit.__name__):
            notebook = json.loads(path.read_text())
            edit(notebook)
            path.write_text(json.dumps(notebook))
    for change in REPAIRED_FILES:
        for path in handed_in(course, change.__name__):
            change(path)
    for name, (change, _) in UNREADABLE.items():
        for path in sorted(write_submission(course, name, SOLUTIONS).glob("*.ipynb")):
            change(path)
    (course / "submitted" / "bad\nname").mkdir()
    shutil.copytree(course / "submitted" / "delete_tests" / ASSIGNMENT, course / "submitted" / "bad\nname" / ASSIGNMENT)
    done = run_module(["nbgrader", "autograde", ASSIGNMENT], course)
    course.joinpath("log.txt").write_text(done.stdout)
    assert done.returncode == 0, done.stdout[-4000:]
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return course, {
            s.student.id: (s.score, [g.auto_score for n in s.notebooks for g in n.grades])
            for s in gradebook.assignment_submissions(ASSIGNMENT)
        }


@pytest.mark.parametrize("name", [change.__name__ for change in REPAIRED + REPAIRED_FILES])
def test_what_can_be_repaired_gets_full_marks(run, name):
    assert run[1][name][0] == (35 if name in OF_BOTH else 30)


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_gets_a_verdict_that_says_why(run, name):
    course, scores = run
    assert scores[name] == (0, [0, 0, 0, 0])
    verdicts = read_verdicts(course, name)
    assert len(verdicts) == 4
    for verdict in verdicts.values():
        assert verdict["status"] == "unreadable" and UNREADABLE[name][1] in verdict["findings"][0]["text"]


def test_repairs_are_said_in_the_log_and_in_the_feedback(run):
    course, _ = run
    log = (course / "log.txt").read_text()
    assert "was missing; it was put back" in log and "was taken for" in log
    notebook = json.loads((course / "autograded" / "latin1" / ASSIGNMENT / "residual_networks.ipynb").read_text())
    assert "Repaired before grading" in "".join(notebook["cells"][0]["source"])


def test_nothing_from_outside_is_copied(run):
    course, _ = run
    names = {path.name for path in (course / "autograded" / "strange_neighbours" / ASSIGNMENT).iterdir()}
    assert names == {
        "residual_networks.ipynb",
        "vanishing_gradients.ipynb",
        "exercises",
        "figures",
        "-rf",
        "$(touch x); echo .py",
        "bomb.zip",
        ".submission.sha256",  # the kit's own
    }
    assert "bad" not in " ".join(os.listdir(course / "autograded"))
    assert "\x1b[31m" not in (course / "log.txt").read_text()


def test_submitted_notebooks_are_not_changed(run):
    course, _ = run
    assert (course / "submitted" / "half" / ASSIGNMENT / "residual_networks.ipynb").stat().st_size == 3000
