"""What is changed in nbgrader while one autograde run goes on: three slow places, and nothing else.

`applied()` is a context. It changes nothing at import and leaves nothing behind, so that a process that goes on after a
run (the Jupyter server, when formgrader's button grades) has the nbgrader that was installed. The patches make grading
faster, not different: with another version of nbgrader than the one that they were written for, none is applied.
"""

import contextlib
import functools
import json
import types

import jsonschema
import nbgrader
import nbgrader.api
from jsonschema.exceptions import best_match
from nbgrader.nbgraderformat import common

VERSION = "0.9.6"  # of nbgrader; tests/grading/test_patches.py fails when what is patched has changed


@contextlib.contextmanager
def applied():
    """Apply the patches for the time of the block; undone however it ends."""
    if nbgrader.__version__ != VERSION:
        yield
        return
    with _one_engine(), _tables_created_once(), _schema_read_once():
        yield


@contextlib.contextmanager
def _replaced(owner, name, value):
    """The attribute of a module or an object has another value within the block."""
    absent = object()
    own = vars(owner).get(name, absent)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if own is absent:
            delattr(owner, name)
        else:
            setattr(owner, name, own)


@contextlib.contextmanager
def _one_engine():
    """Gradebook.__init__ makes a new engine, ten times a submission, and each compiles all its SQL again."""
    make, engines = nbgrader.api.create_engine, {}

    def create_engine(url, **options):
        key = (url, *sorted(options.items()))
        if key not in engines:
            engines[key] = make(url, **options)
        return engines[key]

    try:
        with _replaced(nbgrader.api, "create_engine", create_engine):
            yield
    finally:
        for engine in engines.values():
            engine.dispose()


@contextlib.contextmanager
def _tables_created_once():
    """Gradebook.__init__ looks each time whether every table is there: once for each engine is enough."""
    metadata, done = nbgrader.api.Base.metadata, set()
    create_all = metadata.create_all

    def create_all_once(bind):
        if bind not in done:
            create_all(bind=bind)
            done.add(bind)

    with _replaced(metadata, "create_all", create_all_once):
        yield


@contextlib.contextmanager
def _schema_read_once():
    """jsonschema.validate checks the schema of cells' metadata for each cell: ten times the work of checking the cell."""

    @functools.cache
    def validator(schema):
        schema = json.loads(schema)
        kind = jsonschema.validators.validator_for(schema)
        kind.check_schema(schema)
        return kind(schema)

    def validate(instance, schema):
        error = best_match(validator(json.dumps(schema)).iter_errors(instance))
        if error is not None:
            raise error

    with _replaced(common, "jsonschema", types.SimpleNamespace(validate=validate)):
        yield
