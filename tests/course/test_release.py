"""Is release/ what source/ generates, and does it keep the secrets?"""

import re

import nbformat
import pytest

from tests.helpers.submissions import ASSIGNMENT, ASSIGNMENTS, ROOT, solution_cells

RELEASE = ROOT / "release" / ASSIGNMENT


def files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_release_is_what_source_generates(generated, assignment):
    expected, found = files(generated / "release" / assignment), files(ROOT / "release" / assignment)
    assert sorted(expected) == sorted(found), "run: make release"
    assert [name for name in expected if expected[name] != found[name]] == [], "run: make release"


def test_release_holds_no_solution_and_no_hidden_case():
    released = "\n".join(p.read_text() for p in (ROOT / "release").rglob("*.ipynb"))
    assert "HIDDEN" not in released and "hidden=" not in released and "BEGIN SOLUTION" not in released
    assert not list((ROOT / "release").glob("*/hidden"))
    for path in sorted(RELEASE.glob("*.ipynb")):
        code = {
            re.sub(r"\s+", " ", line).strip()
            for cell in nbformat.read(path, as_version=4).cells
            if cell.metadata.get("nbgrader", {}).get("solution")
            for line in cell.source.splitlines()
        }
        for grade_id, source in solution_cells().items():
            secret = re.findall(r"### BEGIN SOLUTION\n(.*?)\s*### END SOLUTION", source, re.S)
            lines = {re.sub(r"\s+", " ", line).strip() for part in secret for line in part.splitlines()}
            assert lines and not lines & code, grade_id


def test_every_exercise_has_its_cells_and_points():
    contract = {"gradient_norms": 5, "identity_block": 10, "convolutional_block": 10, "resnet50": 10}
    cells = {
        c.metadata.nbgrader.grade_id: c
        for p in RELEASE.glob("*.ipynb")
        for c in nbformat.read(p, as_version=4).cells
        if "nbgrader" in c.metadata
    }
    for grade_id, points in contract.items():
        assert cells[grade_id].metadata.nbgrader.solution and not cells[grade_id].metadata.nbgrader.locked
        test = cells[f"test_{grade_id}"].metadata.nbgrader
        assert test.grade and test.locked and test.points == points


def test_every_picture_has_an_alternative_text_and_lies_beside_the_notebook():
    for path in RELEASE.glob("*.ipynb"):
        text = "\n".join(c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "markdown")
        pictures = re.findall(r"!\[(.*?)\]\((.*?)\)", text, re.S)
        assert pictures
        for words, target in pictures:
            assert len(words) > 40 and (RELEASE / target).exists()
