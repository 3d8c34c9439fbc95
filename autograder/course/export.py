"""nbgrader export plugins: grades as learning management systems import them, and as a plain table.

    nbgrader export --exporter autograder.course.export.CanvasExport --to canvas.csv --assignment "['residual_networks']"

Scores are nbgrader's own: manual scores and late penalties count. Students who did not submit get an empty cell, which
both systems take for "leave it as it is".
"""

from nbgrader.api import BaseCell, Grade, GradeCell, SubmittedAssignment, SubmittedNotebook
from nbgrader.plugins import ExportPlugin
from traitlets import Dict, Unicode

from .files import when_complete
from .tables import write_table


class TableExport(ExportPlugin):
    """A plain table: a row for each student, with the points of each exercise. Base of the other plugins."""

    default_file = "grades_by_exercise.csv"

    def export(self, gradebook):
        """Write the table; called by `nbgrader export`."""
        names, wanted = [a.name for a in gradebook.assignments], [str(name) for name in self.assignment or ()]
        if unknown := sorted({*wanted} - {*names}):
            self.log.fatal("No assignment %s in the gradebook. There: %s", ", ".join(unknown), ", ".join(names) or "none")
            raise SystemExit(1)
        assignments = [name for name in names if not wanted or name in wanted]
        students = [s for s in gradebook.students if not self.student or s.id in map(str, self.student)]
        path = self.to or self.default_file
        with when_complete(path) as unfinished, open(unfinished, "w", newline="", encoding="utf-8") as file:
            write_table(file, self.rows(gradebook, assignments, students))
        self.log.info("Wrote %s: %s students, %s", path, len(students), ", ".join(assignments) or "no assignment")

    def rows(self, gradebook, assignments, students):
        """The rows of the table, the header first."""
        yield [
            "student_id",
            "last_name",
            "first_name",
            "email",
            "assignment",
            "submitted",
            "exercise points",
            "late penalty",
            "score",
            "max_score",
            "needs_manual_grade",
        ]
        for name in assignments:
            scores, cells = scores_of(gradebook, name), points_by_cell(gradebook, name)
            for student in students:
                found = scores.get(student.id)
                if found:
                    points = "; ".join(
                        f"{cell.removeprefix('test_')} {points:g}"
                        for cell, points in sorted(cells.get(student.id, {}).items())
                    )
                    yield [
                        student.id,
                        student.last_name,
                        student.first_name,
                        student.email,
                        name,
                        found["timestamp"],
                        points,
                        found["penalty"],
                        found["score"],
                        found["max_score"],
                        found["needs_manual_grade"],
                    ]
                else:
                    yield [student.id, student.last_name, student.first_name, student.email, name, *[""] * 6]


class ColumnExport(TableExport):
    """A row for each student, a column for each assignment: base of the plugins for systems that import such a table."""

    columns = Dict(Unicode(), key_trait=Unicode(), help="The titles that assignments have in the system").tag(config=True)
    first: tuple[str, ...] = ()  # the titles before those of the assignments
    last: tuple[str, ...] = ()  # and after them
    last_cells: tuple[str, ...] = ()  # what stands there in each student's row

    def rows(self, gradebook, assignments, students):
        """The rows of the table, the header first."""
        scores = {name: scores_of(gradebook, name) for name in assignments}
        most = {name: gradebook.find_assignment(name).max_score for name in assignments}
        yield [*self.first, *(self.title(name, most[name]) for name in assignments), *self.last]
        yield from self.below_titles(most)
        for student in students:
            found = (scores[name].get(student.id, {}).get("score", "") for name in assignments)
            yield [*self.who(student), *found, *self.last_cells]

    def title(self, name, most):
        """The title of an assignment's column; most: its points."""
        return self.columns.get(name, name)

    def below_titles(self, most):
        """Rows between the titles and the students; most: {assignment: its points}."""
        return []

    def who(self, student):
        """The first cells of a student's row."""
        raise NotImplementedError


class CanvasExport(ColumnExport):
    """Canvas's gradebook import (Grades, Import): one column for each assignment, and its points in the second row."""

    default_file = "canvas.csv"
    columns = Dict(
        Unicode(),
        key_trait=Unicode(),
        help=(
            "The assignments' titles in Canvas, as its own export shows them: {'residual_networks': 'ResNet (4711)'}. "
            "Canvas makes a new assignment for a title that it does not know"
        ),
    ).tag(config=True)
    first = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")

    def below_titles(self, most):
        """The row of points."""
        yield ["    Points Possible", "", "", "", "", *most.values()]

    def who(self, student):
        """The first cells of a student's row."""
        number = student.lms_user_id or ""  # of the Canvas user, where the student was collected from a Canvas download
        return last_name_first(student) or student.id, number if number.isdigit() else "", "", student.id, ""


class MoodleExport(TableExport):
    """For Moodle: its gradebook import (Grades, Import, CSV file) maps "Username" or "Email address" to the user.

    Students collected from a Moodle download have the column "Identifier", and with one assignment the file can be
    uploaded as its grading worksheet, which needs "Last modified (grade)", too (mod/assign/feedback/offline).
    """

    default_file = "moodle.csv"

    def rows(self, gradebook, assignments, students):
        """A student a row, with grade and feedback, as Moodle imports it."""
        scores = {name: scores_of(gradebook, name) for name in assignments}
        titles = ["Grade"] if len(assignments) == 1 else [f"Assignment: {name}" for name in assignments]
        worksheet = ["Maximum Grade", "Last modified (grade)"] if len(assignments) == 1 else []
        most = [gradebook.find_assignment(name).max_score for name in assignments]
        yield ["Identifier", "Full name", "Username", "Email address", *titles, *worksheet]
        for student in students:
            number = student.lms_user_id if (student.lms_user_id or "").startswith("Participant ") else ""
            name = " ".join(part for part in (student.first_name, student.last_name) if part)
            yield [
                number,
                name,
                "" if number else student.id,
                student.email,
                *(scores[n].get(student.id, {}).get("score", "") for n in assignments),
                *([most[0], ""] if worksheet else []),
            ]


class BlackboardExport(ColumnExport):
    """Blackboard Learn's upload of grades (Grade Center, Work Offline): students by their user names, and a column for each
    assignment, which Blackboard knows by the number at its end."""

    default_file = "blackboard.csv"
    columns = Dict(
        Unicode(),
        key_trait=Unicode(),
        help=(
            "The assignments' titles as Blackboard's own download shows them: "
            "{'residual_networks': 'ResNet [Total Pts: 35 Score] |12345'}. Others become new columns of text"
        ),
    ).tag(config=True)
    first = ("Last Name", "First Name", "Username")

    def who(self, student):
        """The first cells of a student's row."""
        return student.last_name, student.first_name, student.id


class BrightspaceExport(ColumnExport):
    """D2L Brightspace's import of grades (Grades, Enter Grades, Import): students by user name or by OrgDefinedId, which a
    roster gives as lms_user_id."""

    default_file = "brightspace.csv"
    first = ("OrgDefinedId", "Username")
    last, last_cells = ("End-of-Line Indicator",), ("#",)

    def title(self, name, most):
        """An item's name, and what it needs to be made where there is none."""
        return f"{self.columns.get(name, name)} Points Grade <Numeric MaxPoints:{most:g}>"

    def who(self, student):
        """The first cells of a student's row."""
        return student.lms_user_id, student.id


class SakaiExport(ColumnExport):
    """Sakai's import of grades (Gradebook, Import / Export): students by their user names, and points in brackets."""

    default_file = "sakai.csv"
    first = ("Student ID", "Student Name")

    def title(self, name, most):
        """An item's name with its points."""
        return f"{self.columns.get(name, name)} [{most:g}]"

    def who(self, student):
        """The first cells of a student's row."""
        return student.id, last_name_first(student)


def last_name_first(student):
    """A student's name as lists of names have it, as far as it is known."""
    return ", ".join(part for part in (student.last_name, student.first_name) if part)


def scores_of(gradebook, assignment):
    """{student: {"score", "penalty", "extension", "max_score", "timestamp", "needs_manual_grade"}}, in a handful of
    queries."""
    columns = SubmittedAssignment.late_submission_penalty, SubmittedAssignment.extension
    rows = (
        gradebook.db.query(SubmittedAssignment.student_id, *columns)
        .filter(SubmittedAssignment.assignment_id == gradebook.find_assignment(assignment).id)
        .all()
    )
    late = {student: (penalty, extension) for student, penalty, extension in rows}
    return {
        found["student"]: {
            **found,
            "penalty": late[found["student"]][0],
            "extension": late[found["student"]][1],
            "score": max(0.0, found["score"] - late[found["student"]][0]),
        }
        for found in gradebook.submission_dicts(assignment)
    }


def points_by_cell(gradebook, assignment):
    """{student: {grade cell: points}} in one query."""
    found = {}
    query = (
        gradebook.db.query(SubmittedAssignment.student_id, BaseCell.name, Grade.score)
        .select_from(Grade)
        .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(GradeCell, Grade.cell_id == GradeCell.id)
        .filter(SubmittedAssignment.assignment_id == gradebook.find_assignment(assignment).id)
    )
    for student, cell, points in query.all():
        found.setdefault(student, {})[cell] = points or 0.0
    return found
