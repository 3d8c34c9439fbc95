"""How nbgrader comes to a submission: its folder is looked through before it is copied, its notebooks are read whatever
state they are in, and a submission whose grading was cut off is graded again.

nbgrader_config.py names the exporter, which nbgrader makes when `autograde` starts, and `begin` and `finish`, which
it calls before and after each submission.
"""

import difflib
import fcntl
import functools
import os
import re
import shutil
import stat
import types
from pathlib import Path

import jsonschema
import nbformat
import nbgrader.api
import sqlalchemy
from nbconvert.exporters import NotebookExporter
from nbgrader import nbgraderformat
from nbgrader.api import Gradebook
from nbgrader.converters.base import NbGraderException
from traitlets.log import get_logger

from ..sandbox import SandboxError
from ..sandbox.bubblewrap import Sandbox
from ..sandbox.processes import warm_parent
from .repair import KIT, Unreadable, original_cells, read_notebook, unreadable_notebook

UNFINISHED = ".unfinished"  # in the submitted folder of a submission that is being graded
SET_ASIDE = "set_aside"  # in the same folder: what is not copied
MAX_EXTRA = 200_000_000  # bytes of a submission's other files, all together
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_locks = {}  # the descriptors that hold the locks on these files

# nbgrader opens the gradebook ten times a submission, each time with a new engine, which compiles all its SQL again, and
# looks each time whether every table is there.
nbgrader.api.create_engine = functools.cache(sqlalchemy.create_engine)
nbgrader.api.Base.metadata.create_all = functools.cache(nbgrader.api.Base.metadata.create_all)


@functools.cache
def _metadata_validator():
    schema = nbgraderformat.MetadataValidator().schema
    return jsonschema.validators.validator_for(schema)(schema)


# nbgrader checks its schema of cells' metadata again for each cell, which takes ten times as long as checking the cell.
nbgraderformat.common.jsonschema = types.SimpleNamespace(
    validate=lambda metadata, schema: _metadata_validator().validate(metadata)
)


class SubmissionExporter(NotebookExporter):
    """nbgrader's exporter for autograde, with a tolerant reader. When it is made, it makes sure that grading can begin:
    there is a sandbox, the gradebook can be written to, and no half-graded submission counts as graded."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.sandbox = Sandbox(parent=self)
        try:
            self.sandbox.verify()
            if self.parent.assignments and getattr(self.parent, "runs_kernels", True):
                warm_parent(self.sandbox)  # it imports TensorFlow while this process goes on
            _verify_gradebook(self.parent.coursedir)
        except (NbGraderException, SandboxError) as error:
            self.log.error("%s", error)
            raise NbGraderException(str(error)) from error
        self._leave_out_strange_folders()
        self._remove_unfinished()

    def _leave_out_strange_folders(self):
        for folder in list(self.parent.assignments):
            if CONTROL.search(folder):
                self.log.error("%r is not graded: its name holds control characters. Rename the folder.", folder)
                del self.parent.assignments[folder]

    def _remove_unfinished(self):
        """nbgrader skips what has an autograded folder: remove those that an interrupted command has left."""
        for folder in self.parent.assignments:
            marker = os.path.join(folder, UNFINISHED)
            lock = _lock(marker) if os.path.lexists(marker) else None
            if lock is None:
                continue  # graded to the end, or being graded by another process
            graded = _graded_folder(self.parent, folder)
            if os.path.exists(graded):
                self.log.warning("The grading of %s was interrupted; it is graded again", folder)
                shutil.rmtree(graded)
            _unlock(marker, lock)

    def from_filename(self, filename, resources=None, **kw):
        names = resources["nbgrader"]
        directory = self.parent.coursedir
        submitted = directory.format_path(directory.submitted_directory, names["student"], names["assignment"])
        if os.path.realpath(os.path.dirname(filename)) != os.path.realpath(submitted):
            return super().from_filename(filename, resources, **kw)
        try:
            nb, notes = read_notebook(filename)
            if notes:
                nb.metadata[KIT] = {"repaired": notes}
        except Unreadable as error:
            self.log.error("%s cannot be read: %s", filename, error)
            nb = unreadable_notebook(error)
        path, name = os.path.split(filename)
        resources["metadata"] = {"name": os.path.splitext(name)[0], "path": path}
        return self.from_notebook_node(nb, resources=resources, **kw)


def _graded_folder(converter, submitted):
    pattern = converter._format_source("(?P<assignment_id>.*)", "(?P<student_id>.*)", escape=True)
    names = re.match(pattern, submitted).groupdict()
    return converter._format_dest(names["assignment_id"], names["student_id"])


def _verify_gradebook(coursedir):
    """Raise NbGraderException, saying how to mend it, if the gradebook cannot be written to."""
    try:
        with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
            if gradebook.db.get_bind().dialect.name == "sqlite":
                connection = gradebook.db.connection()
                version = connection.exec_driver_sql("PRAGMA user_version").scalar()
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                connection.exec_driver_sql(f"PRAGMA user_version = {version}")
                gradebook.db.rollback()
    except ImportError as error:
        raise NbGraderException(
            f"The gradebook {coursedir.db_url} needs a driver that is not installed ({error}). For PostgreSQL: "
            'pip install "psycopg[binary]".'
        ) from error
    except sqlalchemy.exc.DatabaseError as error:
        said = str(error.orig)
        mend = (
            "Another program is writing to it: wait until it has finished, or end it."
            if "locked" in said
            else "You may not write to it: change its permissions."
            if "readonly" in said
            else "There is no space left on its disk: make some."
            if "full" in said
            else "It is damaged: put a copy in its place."
            if "not a database" in said or "malformed" in said
            else "Is the folder there, and may you write to it?"
        )
        raise NbGraderException(
            f"The gradebook {coursedir.db_url} cannot be used ({said}). {mend} "
            "Then run the same command again; nothing was graded yet."
        ) from error


# ------------------------------------------------------------------ before and after each submission


def begin(assignment, student, notebooks):
    """nbgrader's pre_convert_hook: mark the submission as being graded, set aside what must not be copied, and find
    notebooks that were renamed. `notebooks`, the paths that nbgrader is going to grade, is changed in place."""
    folder = Path(notebooks[0]).parent
    _locks[folder] = _lock(folder / UNFINISHED)
    _set_aside(folder)
    notebooks += _find_missing(folder, assignment)
    notebooks[:] = sorted(path for path in set(notebooks) if os.path.lexists(path))


def finish(assignment, student, notebooks):
    """nbgrader's post_convert_hook: the submission is graded."""
    folder = Path(notebooks[0]).parent
    _unlock(folder / UNFINISHED, _locks.pop(folder, None))


def _lock(marker):
    """Create the file and lock it for as long as this process lives: its descriptor, or None if somebody else has."""
    if os.path.islink(marker):
        os.unlink(marker)
    elif os.path.isdir(marker):
        shutil.rmtree(marker)
    descriptor = os.open(marker, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return descriptor
    except OSError:
        os.close(descriptor)
        return None


def _unlock(marker, lock):
    Path(marker).unlink(missing_ok=True)
    if lock is not None:
        os.close(lock)


def _set_aside(folder):
    """Move links, pipes and the like, files with hostile names and files beyond all measure to a folder that is not
    copied: nbgrader would follow the links, and give the student what they point to as feedback."""
    log, size = get_logger(), 0
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if (here, name) != (str(folder), SET_ASIDE))
        for name in [*folders, *sorted(files)]:
            path = os.path.join(here, name)
            status = os.lstat(path)
            if name == UNFINISHED or (name.endswith(".ipynb") and here == str(folder) and not CONTROL.search(name)):
                continue
            if stat.S_ISREG(status.st_mode):
                size += status.st_size
            reason = (
                "it is a link"
                if stat.S_ISLNK(status.st_mode)
                else "its name holds control characters"
                if CONTROL.search(name)
                else "it is not an ordinary file"
                if not stat.S_ISREG(status.st_mode) and name not in folders
                else "the submission is too large"
                if size > MAX_EXTRA and name not in folders
                else None
            )
            if reason is None:
                continue
            aside = folder / SET_ASIDE / f"{len(os.listdir(folder / SET_ASIDE)) if (folder / SET_ASIDE).exists() else 0}"
            aside.parent.mkdir(exist_ok=True)
            os.rename(path, f"{aside}_{CONTROL.sub('_', name)}")
            log.warning("%r in %s is not used: %s. It was moved to %s", name, here, reason, aside.parent)
            if stat.S_ISREG(status.st_mode):
                size -= status.st_size
            if name in folders:
                folders.remove(name)


def _find_missing(folder, assignment):
    """Notebooks of the assignment that are there under another name are copied to their own; for those that are not
    there at all, a notebook is written that says so, and so does the feedback. Returns the paths of both."""
    log, written = get_logger(), []
    expected = {path.name: set(original_cells(path)) for path in Path("source", assignment).glob("*.ipynb")}
    others = {path: _ids_of_file(path) for path in folder.glob("*.ipynb") if path.name not in expected}
    for name, ids in sorted(expected.items()):
        if os.path.lexists(folder / name):
            continue
        found = max(others, key=lambda path: (_likeness(path, name, ids, others[path]), path.stat().st_mtime), default=None)
        if found is not None and _likeness(found, name, ids, others[found]) > 0.5:
            shutil.copyfile(found, folder / name)
            log.warning("%s in %s was taken for %s", found.name, folder, name)
            del others[found]
        else:
            nbformat.write(unreadable_notebook(f"there is no file {name} in what was handed in"), folder / name)
            log.warning("%s is missing in %s", name, folder)
        written.append(str(folder / name))
    return written


def _ids_of_file(path):
    try:
        return {cell.metadata.nbgrader.grade_id for cell in read_notebook(path)[0].cells if "nbgrader" in cell.metadata}
    except Unreadable:
        return set()


def _likeness(path, name, ids, found):
    """How much a file looks like a notebook of the assignment: by its cells, otherwise by its name."""
    by_cells = len(ids & found) / len(ids)
    return by_cells or difflib.SequenceMatcher(None, path.name.lower(), name.lower()).ratio() * 0.7
