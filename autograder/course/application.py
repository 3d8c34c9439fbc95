"""nbgrader's application, as the course's commands use it."""

import traceback

from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters.base import NbGraderException
from traitlets.config import LazyConfigValue

from .. import KitError
from ..grading.groups import groups_of

QUIET = 40  # logging's level of errors


def application(kind=NbGrader, arguments=(), level=QUIET):
    """An application of nbgrader's with the configuration of the current folder's course.

    kind: its class. arguments: of its command line. level: of its log. Raises KitError if the configuration cannot be read:
    nbgrader itself goes on without it, and without judge and sandbox.
    """
    app = kind()
    app.log_level = level
    app.raise_config_file_errors = True
    try:
        app.initialize([*arguments])
    except Exception as error:  # whatever the file raises
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename.endswith("nbgrader_config.py")]
        where = f", in line {lines[-1]}" if lines else ""
        raise KitError(f"nbgrader_config.py cannot be read: {type(error).__name__}: {error}{where}") from error
    return app


def groups_in(app, assignment):
    """The groups of an assignment by an application's configuration. Raises KitError."""
    settings = app.config.SubmissionExporter.get("groups", {})
    try:
        return groups_of(settings.get_value({}) if isinstance(settings, LazyConfigValue) else settings, assignment)
    except NbGraderException as error:
        raise KitError(f"nbgrader_config.py: {error}") from None
