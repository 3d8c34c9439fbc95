"""Who grades what by hand, with no student's name: `python -m autograder graders ASSIGNMENT anna bert`."""

import io
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry

from .. import KitError
from .application import application
from .report import write_all
from .tables import write_table


def share_out(assignment, graders, twice=False):
    """Write ASSIGNMENT_graders.csv, a row for each grader and notebook that needs a manual grade, and print how many
    are whose. Raises KitError."""
    if len({*graders}) < len(graders) or (twice and len(graders) < 2):
        raise KitError("Name each grader once, and with --twice at least two: python -m autograder graders NAME anna bert")
    app = application()
    try:
        with Gradebook(app.coursedir.db_url, app.coursedir.course_id) as gradebook:
            submissions = gradebook.assignment_submissions(assignment)
            books = [book for submission in submissions for book in submission.notebooks if book.needs_manual_grade]
            found = sorted((book.id, book.name) for book in books)  # by ids that tell nothing of who it is
    except MissingEntry:
        raise KitError(f"There is no assignment {assignment!r} in the gradebook. Is this the course's folder?") from None
    rows = [
        (graders[(index + turn) % len(graders)], name, f"/formgrader/submissions/{key}/")
        for index, (key, name) in enumerate(found)
        for turn in range(1 + twice)
    ]
    file, path = io.StringIO(), Path(f"{assignment}_graders.csv")
    write_table(file, [("grader", "notebook", "in formgrader"), *sorted(rows)])
    write_all({path: file.getvalue()})
    print(f"wrote {path}")
    for grader in graders:
        print(f"    {grader}: {sum(row[0] == grader for row in rows)}")
