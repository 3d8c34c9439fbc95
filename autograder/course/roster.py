"""A class list as a learning management system exports it, into the gradebook: `python -m autograder roster FILE`.

From then on a download's numbers and names are called by the list's ids (see collect.py), and exports have what the system's
own import wants. The lists, and where their columns are described:

- Moodle: the assignment's "Download grading worksheet", which alone has the number of its downloads (Identifier):
  mod/assign/feedback/offline and mod/assign/gradingtable.php. The list of participants has not.
- Canvas: Grades, Export: Student, ID, SIS User ID, SIS Login ID, Section; its import finds students by ID
  (app/models/gradebook_importer.rb).
- Blackboard: Grade Center, Work Offline, Download: Last Name, First Name, Username; often UTF-16 with tabs (example:
  github.com/nbeaver/offline-grades-upload).
- Brightspace: Grades, Export, with both key fields, names and email: OrgDefinedId, Username, each perhaps with # before it
  (example: github.com/christopherphan/brightspace-scripts).
- nbgrader's own students.csv, with the columns id, first_name, last_name, email, lms_user_id.
"""

import csv
import io
from dataclasses import dataclass

from nbgrader.api import Gradebook

from .. import KitError
from .application import application
from .collect import is_id

MAX_LENGTH = 100  # characters of a name


@dataclass(frozen=True)
class List:
    """A system's list: by which columns it is known, and what is taken from which (the first that is filled counts)."""

    system: str
    known_by: tuple[str, ...]
    id: tuple[str, ...]
    number: str  # the column of what the system's downloads or its import call a student
    full_name: str = ""
    first_name: str = "First Name"
    last_name: str = "Last Name"
    email: str = "Email"


LISTS = (
    List(
        "Moodle",
        ("Identifier", "Full name"),
        ("Username", "ID number", "Email address"),
        "Identifier",
        "Full name",
        email="Email address",
    ),
    List("Canvas", ("Student", "ID", "SIS Login ID"), ("SIS Login ID", "SIS User ID", "ID"), "ID", "Student"),
    List("Brightspace", ("OrgDefinedId", "Username"), ("Username",), "OrgDefinedId"),
    List("Blackboard", ("Last Name", "First Name", "Username"), ("Username",), ""),
    List("nbgrader", ("id",), ("id",), "lms_user_id", "", "first_name", "last_name", "email"),
)


def import_roster(path):
    """Put a class list into the gradebook of the current folder's course: the system's name, the number of students, and
    {line: why it is left out}. Raises KitError."""
    rows = read_rows(path)
    found = next((each for each in LISTS if set(each.known_by) <= set(rows[0])), None)
    if found is None:
        raise KitError(
            f"{path} is none of the lists that are known, by its columns ({', '.join(rows[0])[:200]}): Moodle's grading "
            "worksheet of the assignment (its list of participants lacks the numbers of its downloads), the exports of "
            "grades of Canvas, Blackboard and Brightspace (there with both key fields), or nbgrader's, with a column id."
        )
    students, left_out = {}, {}
    for line, row in enumerate(rows[1:], 2):
        student = student_of(found, dict(zip(rows[0], row)))
        name = student.pop("id") if student else ""
        if name in students:
            left_out[line] = f"{name!r} stands above, too"
        elif is_id(name):
            students[name] = line, student
        elif name:
            left_out[line] = f"{name!r} cannot be the id of a student"
    if not students:
        raise KitError(f"{path} holds no student.")
    app = application()
    with Gradebook(app.coursedir.db_url, app.coursedir.course_id) as gradebook:
        refused = _write(gradebook, found.system, students)
    return found.system, len(students) - len(refused), {**left_out, **refused}


def _write(gradebook, system, students):
    """Put {id: (line, columns)} into the gradebook. Who is there already, perhaps by a number, keeps that id. Returns {line:
    why it is left out}."""
    numbers = {student.id: student.lms_user_id for student in gradebook.students}
    names, refused = {number: name for name, number in numbers.items() if number}, {}
    for name, (line, columns) in students.items():
        here = names.get(columns.get("lms_user_id"), name)
        other = numbers.get(here)
        # Moodle's numbers are new in each assignment; on Canvas, somebody's name may be another one's login
        if other and columns.get("lms_user_id", other) != other and system != "Moodle":
            refused[line] = f"the gradebook has another student {here!r}, whose number is {other}"
        else:
            gradebook.update_or_create_student(here, **columns)
    return refused


def read_rows(path):
    """The rows of a table in a text file, whichever separator and encoding it has. Raises KitError."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise KitError(f"{path} cannot be read: {error.strerror}.") from error
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        try:
            text = content.decode(encoding)
        except UnicodeError:  # saved by a spreadsheet in Western Europe
            text = content.decode("cp1252")
        first = text.lstrip().partition("\n")[0]
        separator = max("\t;,", key=first.count)
        lines = io.StringIO(text.lstrip("\r\n"), newline="")  # names may hold what splitlines() takes for a line's end
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator)]
    except (UnicodeError, csv.Error) as error:
        raise KitError(f"{path} is no table of text ({error}): export it as CSV.") from error
    if not rows or not any(rows[0]):
        raise KitError(f"{path} is empty.")
    return rows


def student_of(known, row):
    """A row's student as the gradebook's columns, or None where it is nobody's (Canvas's points, its test student)."""
    number = row.get(known.number, "").lstrip("#")
    name = next((row[column].lstrip("#") for column in known.id if row.get(column, "").strip("#")), "")
    if known.system == "Canvas" and (not number or row["Student"] == "Student, Test"):
        return None
    if not name:
        if not number:
            return None
        name = number.removeprefix("Participant ")
    student = {"id": name, "lms_user_id": number, "email": row.get(known.email, "")}
    full = row.get(known.full_name, "") if known.full_name else ""
    if ", " in full:
        student["last_name"], _, student["first_name"] = full.partition(", ")
    elif full:
        student["first_name"], _, student["last_name"] = full.rpartition(" ")
    else:
        student["first_name"], student["last_name"] = row.get(known.first_name, ""), row.get(known.last_name, "")
    return {key: text if key == "id" else text[:MAX_LENGTH] for key, text in student.items() if text}
