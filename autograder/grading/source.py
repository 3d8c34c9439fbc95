"""Where an assignment's own files lie: nbgrader's setting, for all plugins."""

from pathlib import Path

from nbgrader.coursedir import CourseDirectory


def source_folder(config, assignment):
    """The folder with an assignment's solution notebooks, exercises and references, by a plugin's traitlets Config:
    CourseDirectory.root and CourseDirectory.source_directory."""
    course = CourseDirectory(config=config)
    return Path(course.format_path(course.source_directory, ".", assignment))
