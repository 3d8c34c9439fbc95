"""What grading asks of nbgrader's gradebook, and writes into it, beside what nbgrader does."""

import contextlib

import sqlalchemy
from nbgrader.api import Grade, Gradebook, MissingEntry, Student, SubmittedAssignment
from nbgrader.converters.base import NbGraderException


def extend(coursedir, student, extension):
    """Grant a student an extension, before nbgrader computes the penalty of what was submitted late. Without a due date
    there is none, and nbgrader could not add to it."""
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        if gradebook.find_assignment(coursedir.assignment_id).duedate is None:
            return
        gradebook.update_or_create_student(student)
        gradebook.update_or_create_submission(coursedir.assignment_id, student).extension = extension
        gradebook.db.commit()


def strangers(coursedir, names):
    """Those of some students who are not in the class list: whom the gradebook does not know, or has no name of, where it
    has names. Grading adds everybody who has a submission, without a name. Nobody, where it knows no students at all."""
    if not names:
        return []
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        listed = [(student.id, student.first_name or student.last_name or student.email) for student in gradebook.students]
    known = {student for student, name in listed if name} or {student for student, _ in listed}
    return sorted({*names} - known) if known else []


def submitters(coursedir):
    """The students of whom the gradebook has a submission of the assignment."""
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        return {submission.student_id for submission in gradebook.assignment_submissions(coursedir.assignment_id)}


def forget_time(coursedir, student):
    """What a student submits now does not say when: nbgrader would keep the time of an earlier submission."""
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook, contextlib.suppress(MissingEntry):
        gradebook.find_submission(coursedir.assignment_id, student).timestamp = None
        gradebook.db.commit()


def deadlines(coursedir, extensions):
    """{student: the due date and the extension that was granted} of an assignment, as texts; under "" without extension."""
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook, contextlib.suppress(MissingEntry):
        assignment = gradebook.find_assignment(coursedir.assignment_id)
        rows = gradebook.db.query(SubmittedAssignment.student_id, SubmittedAssignment.extension)
        granted = {**dict(rows.filter(SubmittedAssignment.assignment_id == assignment.id).all()), **extensions}.items()
        return {"": f"{assignment.duedate} None"} | {name: f"{assignment.duedate} {more}" for name, more in granted}
    return {"": ""}


def _try_to_write(session):
    """Write what SQLite's file holds already; other databases have no such thing."""
    if session.get_bind().dialect.name == "sqlite":
        connection = session.connection()
        version = connection.exec_driver_sql("PRAGMA user_version").scalar()
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        connection.exec_driver_sql(f"PRAGMA user_version = {version}")
        session.rollback()


def verify_gradebook(coursedir):
    """Raise NbGraderException, saying how to mend it, if the gradebook cannot be written to."""
    try:
        with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
            names = [assignment.name for assignment in gradebook.assignments]
            for table in (SubmittedAssignment, Student, Grade):
                gradebook.db.query(table).first()  # an older nbgrader's has other columns
            _try_to_write(gradebook.db)
        if coursedir.assignment_id not in names:
            raise NbGraderException(
                f"{coursedir.assignment_id} is not in the gradebook {coursedir.db_url}, which holds "
                f"{', '.join(names) or 'no assignment'}. Put it in: "
                f"nbgrader generate_assignment {coursedir.assignment_id} --force"
            )
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
            else "An older nbgrader has made it: keep a copy, and run `nbgrader db upgrade`."
            if "no such column" in said or "UndefinedColumn" in type(error.orig).__name__
            else "It is damaged: put a copy in its place."
            if "not a database" in said or "malformed" in said
            else "Is the folder there, and may you write to it?"
        )
        raise NbGraderException(
            f"The gradebook {coursedir.db_url} cannot be used ({said}). {mend} "
            "Then run the same command again; nothing was graded yet."
        ) from error
