"""Where an assignment's own files lie: nbgrader's setting, for all plugins."""

import os
from pathlib import Path

from nbgrader.coursedir import CourseDirectory


def source_in(course, assignment):
    """The folder with an assignment's solution notebooks, exercises and references, in an nbgrader CourseDirectory."""
    return Path(course.format_path(course.source_directory, ".", assignment))


def source_folder(config, assignment):
    """The same by a plugin's traitlets Config: CourseDirectory.root and CourseDirectory.source_directory."""
    return source_in(CourseDirectory(config=config), assignment)


def names_in(course, assignment):
    """The names of an assignment's notebooks."""
    return [path.name for path in source_in(course, assignment).glob("*.ipynb")]


def expected_in(coursedir, assignment, folders):
    """{folder: the paths that an assignment's notebooks have in it, whether they are there or not}."""
    names = names_in(coursedir, assignment)
    return {folder: [os.path.join(folder, name) for name in names] for folder in folders}
