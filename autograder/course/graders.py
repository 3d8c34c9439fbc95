"""Who grades what by hand, with no student's name: `python -m autograder graders ASSIGNMENT anna bert`."""

import io
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry

from .. import KitError
from .application import application, groups_in
from .report import write_all
from .tables import write_table


def share_out(assignment, graders, twice=False):
    """Write ASSIGNMENT_graders.csv, a row for each grader and notebook that needs a manual grade, and print how many
    are whose. A group's notebooks go to one grader. Raises KitError."""
    if len({*graders}) < len(graders) or (twice and len(graders) < 2) or not all(graders):
        raise KitError("Name each grader once, and with --twice at least two: python -m autograder graders NAME anna bert")
    app, shared = application(), {}
    first = {student: group[0] for group in groups_in(app, assignment) for student in group}
    try:
        with Gradebook(app.coursedir.db_url, app.coursedir.course_id) as gradebook:
            gradebook.find_assignment(assignment)
            for submission in gradebook.assignment_submissions(assignment):
                student = submission.student_id
                for book in submission.notebooks:
                    if book.needs_manual_grade:
                        shared.setdefault((first.get(student, student), book.name), []).append(book.id)
    except MissingEntry:
        raise KitError(f"There is no assignment {assignment!r} in the gradebook. Is this the course's folder?") from None
    found = sorted((sorted(keys), name) for (_, name), keys in shared.items())  # by ids that tell nothing of who it is
    rows = [
        (graders[(index + turn) % len(graders)], name, f"/formgrader/submissions/{key}/")
        for index, (keys, name) in enumerate(found)
        for turn in range(1 + twice)
        for key in keys
    ]
    file, path = io.StringIO(), Path(f"{assignment}_graders.csv")
    write_table(file, [("grader", "notebook", "in formgrader"), *sorted(rows)])
    write_all({path: file.getvalue()})
    print(f"wrote {path}")
    for grader in graders:
        print(f"    {grader}: {sum(row[0] == grader for row in rows)}")
