"""nbgrader is patched for the time of a run and no longer; and the patches still fit the nbgrader that is installed."""

import inspect
import sqlite3
import subprocess
import sys

import nbgrader
import pytest
from jsonschema import ValidationError
from nbformat.v4 import new_code_cell
from nbgrader import api
from nbgrader.api import Gradebook
from nbgrader.nbgraderformat import MetadataValidator, common

from autograder.grading import nbgrader_patches

ORIGINAL = (api.create_engine, common.jsonschema)


def as_installed():
    return (api.create_engine, common.jsonschema) == ORIGINAL and "create_all" not in vars(api.Base.metadata)


@pytest.mark.parametrize(
    "function,lines",
    [
        (Gradebook.__init__, ["= create_engine(db_url, echo=False, future=True)", "metadata.create_all(bind=self.engine)"]),
        (common.BaseMetadataValidator.validate_cell, ["jsonschema.validate(cell.metadata['nbgrader'], self.schema)"]),
    ],
)
def test_what_is_patched_is_still_what_nbgrader_does(function, lines):
    """Where this fails, nbgrader has changed: see whether nbgrader_patches is still needed, and right."""
    assert nbgrader.__version__ == nbgrader_patches.VERSION
    for line in lines:
        assert line in inspect.getsource(function)


def test_importing_the_plugins_changes_nothing():
    code = (
        "import nbgrader.api, sqlalchemy, jsonschema; from nbgrader.nbgraderformat import common\n"
        "import autograder.grading.submissions, autograder.course.grade\n"
        "assert nbgrader.api.create_engine is sqlalchemy.create_engine and common.jsonschema is jsonschema\n"
        "assert 'create_all' not in vars(nbgrader.api.Base.metadata)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_run_uses_one_engine_and_afterwards_a_new_gradebook_is_made(tmp_path):
    path = tmp_path / "gradebook.db"
    for _ in range(2):
        with nbgrader_patches.applied():
            engines = set()
            for student in ("ada", "ben"):
                with Gradebook(f"sqlite:///{path}") as gradebook:
                    gradebook.add_student(student)
                    engines.add(gradebook.engine)
            assert len(engines) == 1
        assert as_installed()
        path.unlink()  # the instructor puts another one in its place
        with Gradebook(f"sqlite:///{path}") as gradebook:
            assert [student.id for student in gradebook.students] == []
            gradebook.add_student("cem")
        assert sqlite3.connect(path).execute("SELECT id FROM student").fetchall() == [("cem",)]
        path.unlink()


def test_patches_go_when_a_run_fails():
    run = nbgrader_patches.applied()
    run.__enter__()
    assert not as_installed()
    assert not run.__exit__(ValueError, ValueError(), None)
    assert as_installed()


def test_another_nbgrader_is_not_patched(monkeypatch):
    monkeypatch.setattr(nbgrader, "__version__", "0.9.7")
    with nbgrader_patches.applied():
        assert as_installed()


def test_cells_are_checked_as_before():
    right = {
        "schema_version": 3,
        "grade_id": "a",
        "points": 5,
        "grade": True,
        "locked": True,
        "solution": False,
        "task": False,
    }
    for change in ({}, {"points": "many"}, {"grade_id": "no spaces!"}, {"grade": 1, "points": -1}):
        cell = new_code_cell(metadata={"nbgrader": {**right, **change}})
        said = []
        for patched in (False, True):
            with nbgrader_patches.applied() if patched else pytest.MonkeyPatch.context():
                try:
                    MetadataValidator().validate_cell(cell)
                    said.append(None)
                except ValidationError as error:
                    said.append(error.message)
        assert said[0] == said[1]


def test_other_schemas_are_checked_against_themselves():
    with nbgrader_patches.applied():
        common.jsonschema.validate(5, {"type": "integer"})
        with pytest.raises(ValidationError):
            common.jsonschema.validate(5, {"type": "string"})
