"""Feedback as the bulk upload of a learning management system takes it: `python -m autograder feedback --zip SYSTEM`.

- moodle: "Upload multiple feedback files in a zip" finds the student by the participant number, as in its own download
  (mod/assign/feedback/file/importziplib.php).
- canvas: "Upload Submissions" finds the submission by the numbers of user and file, as in its own download.
- folders: a folder for each student, for whoever reads it or for other systems.
"""

import functools
import re
import zipfile
from pathlib import Path

from nbgrader.api import Gradebook

from .. import KitError
from .application import application
from .collect import LmsCollector
from .files import when_complete
from .short import PAGE
from .systems import call_as_in

SYSTEMS = ("moodle", "canvas", "folders")
# The system's own part of a path: what comes later may be a student's, who packs a folder with another one's name.
CANVAS_NAME = re.compile(r"((?:[^/]+/)??)((?:[^/_]+_)?(?:LATE_)?(?:anon_[A-Za-z0-9]+|\d+)_\d+)_")
COLLECT = "collect the download with `nbgrader zip_collect` first"


def zip_feedback(assignment, system, target=None, short=False):
    """Write ASSIGNMENT_feedback_SYSTEM.zip, perhaps with the short pages alone; its path, and {student: why their feedback
    is not in it}. Raises KitError."""
    app = application()
    directory = app.coursedir
    pages = {
        path.parent.parent.name: sorted(path.parent.glob(PAGE if short else "*.html"))
        for path in Path(directory.root, directory.feedback_directory).glob(f"*/{assignment}/*.html")
    }
    if not pages:
        raise KitError(f"There is no feedback of {assignment} yet: run `python -m autograder feedback {assignment}` first.")
    if system == "folders":
        names = {student: student for student in pages}
    else:
        names = (_moodle if system == "moodle" else _canvas)(directory, assignment)
    target = Path(target or f"{assignment}_feedback_{system}.zip")
    left_out = dict.fromkeys(sorted(pages.keys() - names.keys()), f"{system} does not know this student; {COLLECT}")
    with when_complete(target) as unfinished, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        for student, found in sorted(pages.items()):
            for page in found if student in names else ():
                between = "/" if system == "folders" else "_"
                archive.write(page, f"{names[student]}{between}{page.name}")
    return target, left_out


def _moodle(directory, _):
    """{student: what Moodle's upload finds them by}."""
    with Gradebook(directory.db_url, directory.course_id) as gradebook:
        found = {student.id: (student.lms_user_id or "", student) for student in gradebook.students}
    return {
        name: f"{_plain(student)}_{number.removeprefix('Participant ')}_assignsubmission_file"
        for name, (number, student) in found.items()
        if number.startswith("Participant ")
    }


def _plain(student):
    """A name without what Moodle takes for the end of it."""
    name = " ".join(part for part in (student.first_name, student.last_name) if part)
    return re.sub(r"[_/\\]", " ", name) or "Participant"


def _canvas(directory, assignment):
    """{student: what Canvas's upload finds the submission by}: from the file names of the download."""
    root = Path(directory.root, "downloaded", assignment, "extracted")
    if not root.is_dir():
        raise KitError(f"{root} is not there: {COLLECT}. Canvas finds a submission by the file names of its download.")
    with Gradebook(directory.db_url, directory.course_id) as gradebook:
        found = LmsCollector().identify(root, rename=functools.partial(call_as_in, gradebook.students))
    names = {}
    for path, known in found.items():
        match = CANVAS_NAME.match(str(Path(path).relative_to(root)))
        if isinstance(known, dict) and match:
            names[known["student_id"]] = match[2]
    return names
