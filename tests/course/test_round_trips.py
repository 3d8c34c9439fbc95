"""From a system's class list and download to its grade file and back: whatever a system's own import looks for is found
there, for every student of the download. Each import is read as the source that its docstring names describes it."""

import csv
import io
import re
import zipfile

import pytest
from nbgrader.api import Gradebook

from autograder.__main__ import main
from autograder.course.roster import LISTS, read_rows, student_of
from autograder.course.systems import matched_by_name
from tests.helpers.grader import run
from tests.helpers.submissions import OPTIONAL, new_course, solution_cells, write_submission

NAME, SOLUTION = f"{OPTIONAL}.ipynb", solution_cells(OPTIONAL)[OPTIONAL]
PEOPLE = {  # name: (first name, last name, user name, number inside the system, number of the registry)
    "plain": ("Jane", "Doe", "jdoe", "1000001", "S4000001"),
    "of": ("Anna Maria", "von der Mühl", "amuehl", "1000002", "S4000002"),
    "quoted": ("Seán", "O'Brien", "s.obrien-2", "1000003", "S4000003"),
    "namesake": ("Jane", "Döe", "jdoe2", "1000004", "S4000004"),
    "script": ("太郎", "山田", "ytaro", "1000005", "S4000005"),
}
# A roster as the system writes it: its first row, further rows that are nobody's, a student's row, encoding and separator.
ROSTERS = {
    "Moodle": (
        "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (submission)",
        [],
        'Participant {number},"{first} {last}",{user}@example.edu,Submitted for grading - ,,10.00,Yes,"Friday, 20 November"',
        ("utf-8-sig", ","),
    ),
    "Canvas": (
        "Student,ID,SIS User ID,SIS Login ID,Section,Homework (4711),Current Score",
        ["    Points Possible,,,,,10.00,(read only)", '"Student, Test",77,,abcdef0123456789,A,,'],
        '"{last}, {first}",{number},{registry},{user},A,,',
        ("utf-8", ","),
    ),
    "Blackboard": (
        '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Last Access"\t"Availability"',
        [],
        '"{last}"\t"{first}"\t"{user}"\t"{registry}"\t"2026-11-20 10:00:00"\t"Yes"',
        ("utf-16", "\t"),
    ),
    "Brightspace": (
        "OrgDefinedId,Username,Last Name,First Name,Email,End-of-Line Indicator",
        [],
        "#{registry},#{user},{last},{first},{user}@example.edu,#",
        ("utf-8-sig", ","),
    ),
    "nbgrader": ("id,first_name,last_name", [], '{user},{first},"{last}"', ("utf-8", ",")),
}
DOWNLOADS = {  # where a system puts a student's notebook in its download
    "Moodle": "{first} {last}_{number}_assignsubmission_file/{name}",
    "Canvas": "{letters}_{number}_88{number}_{name}",
    "Blackboard": "Homework 3_{user}_attempt_2026-11-20-14-32-10_{name}",
    "Brightspace": "{inner}-5555 - {first} {last} - Nov 20, 2026 232 PM/{name}",
    "nbgrader": "Homework/{last}, {first}({user})/Submission attachment(s)/{name}",  # Sakai, which names user names itself
}


def fields(person):
    first, last, user, number, registry = PEOPLE[person]
    letters = re.sub(r"[\W_]", "", (last + first).lower())  # as Canvas makes its file names
    return {
        "first": first,
        "last": last,
        "user": user,
        "number": number,
        "registry": registry,
        "letters": letters,
        "inner": "9" + number,
        "name": NAME,
    }


def roster_file(path, system):
    first, others, row, (encoding, _) = ROSTERS[system]
    path.write_text("\n".join([first, *others, *(row.format(**fields(person)) for person in PEOPLE)]), encoding=encoding)
    return path


# What a system's import finds: {what it calls a student: the points}. Each raises where the file lacks what it asks for.


def moodle(text):
    """mod/assign/feedback/offline/importgradesform.php: the columns Identifier, Grade and Last modified (grade) must be
    there; a student is the number behind Participant."""
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {"Identifier", "Grade", "Last modified (grade)"} <= set(rows[0])
    return {re.fullmatch(r"Participant (\d+)", row["Identifier"])[1]: float(row["Grade"]) for row in rows if row["Grade"]}


def canvas(text):
    """app/models/gradebook_importer.rb: the first columns are Student, ID and the SIS ones up to Section; the row of points
    stands above the students; a student is found by ID."""
    header, points, *rows = csv.reader(io.StringIO(text))
    assert (
        header[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"] and points[0].strip() == "Points Possible"
    )
    return {row[1]: float(row[5]) for row in rows if row[5]}


def blackboard(text):
    """help.blackboard.com, Work Offline with Grade Data: a user name is a student, a title ends with its column's number."""
    rows = list(csv.DictReader(io.StringIO(text)))
    (title,) = [title for title in rows[0] if title.endswith("|12345")]
    return {row["Username"]: float(row[title]) for row in rows if row[title]}


def brightspace(text):
    """community.d2l.com, Import grades: OrgDefinedId and Username, "... Points Grade", and # at the line's end."""
    rows = list(csv.DictReader(io.StringIO(text)))
    (title,) = [title for title in rows[0] if re.search(r" Points Grade( <.*>)?$", title)]
    assert all(row["End-of-Line Indicator"] == "#" for row in rows)
    return {(row["OrgDefinedId"], row["Username"]): float(row[title]) for row in rows if row[title]}


def sakai(text):
    """sakaiproject/sakai, gradebookng, ImportGradesHelper: Student ID first, points in brackets behind the item's name."""
    rows = list(csv.DictReader(io.StringIO(text)))
    (title,) = [title for title in rows[0] if re.search(r" \[\d+(\.\d+)?\]$", title)]
    return {row["Student ID"]: float(row[title]) for row in rows if row[title]}


IMPORTS = {  # a list's system: (the exporter, how its file is read, what finds a student)
    "Moodle": ("MoodleExport", moodle, "{number}"),
    "Canvas": ("CanvasExport", canvas, "{number}"),
    "Blackboard": ("BlackboardExport", blackboard, "{user}"),
    "Brightspace": ("BrightspaceExport", brightspace, None),
    "nbgrader": ("SakaiExport", sakai, "{user}"),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own, of no consequence
@pytest.mark.parametrize("system", IMPORTS)
def test_every_student_of_the_download_is_found_by_the_import(generated, tmp_path, system):
    titles = f"\nc.BlackboardExport.columns = {{{OPTIONAL!r}: 'Homework 3 [Total Pts: 10 Score] |12345'}}\n"
    course = new_course(generated, tmp_path / "course", titles, only=OPTIONAL)
    assert "5 students of" in run(course, "autograder", "roster", str(roster_file(tmp_path / "list.csv", system)))
    archive = course / "downloaded" / OPTIONAL / "archive"
    archive.mkdir(parents=True)
    notebook = write_submission(course, "someone", {OPTIONAL: SOLUTION}, OPTIONAL) / NAME
    with zipfile.ZipFile(archive / "download.zip", "w") as file:
        for person in PEOPLE:
            file.write(notebook, DOWNLOADS[system].format(**fields(person)))
    for path in (course / "submitted").iterdir():
        path.rename(tmp_path / path.name)
    said = run(course, "nbgrader", "zip_collect", OPTIONAL)
    assert (
        ".ipynb' is left out" not in said and "not in the gradebook before" not in said and "not in the download" not in said
    )
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert len(gradebook.students) == len(PEOPLE)
        for number, student in enumerate(sorted(student.id for student in gradebook.students)):
            submission = gradebook.update_or_create_submission(OPTIONAL, student)
            submission.notebooks[0].grades[0].manual_score = number + 1
        gradebook.db.commit()
    exporter, read, who = IMPORTS[system]
    run(course, "nbgrader", "export", f"--exporter=autograder.course.export.{exporter}", "--to=out.csv")
    found = read((course / "out.csv").read_text(encoding="utf-8"))
    if who:
        assert set(found) == {who.format(**fields(person)) for person in PEOPLE}
    else:
        assert set(found) == {(registry, user) for _, _, user, _, registry in PEOPLE.values()}
    assert sorted(found.values()) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("system", ROSTERS)
def test_names_and_ids_of_a_list_are_read(tmp_path, system):
    (known,) = [known for known in LISTS if known.system == system]
    header, *rows = read_rows(roster_file(tmp_path / "list.csv", system))
    students = [student for row in rows if (student := student_of(known, dict(zip(header, row))))]
    names = [f"{student['first_name']} {student['last_name']}" for student in students]
    assert names == [f"{first} {last}" for first, last, *_ in PEOPLE.values()]


@pytest.mark.parametrize(
    "content,said",
    [
        (b"First name,Last name,Email address,Groups\nJane,Doe,j@x.org,\n", "Moodle's grading worksheet"),
        (b"", "is empty"),
        (b"PK\3\4" + bytes(range(256)), "is no table of text"),
        (b"id\n", "holds no student"),
        (None, "cannot be read"),
    ],
    ids=["participants", "empty", "workbook", "nobody", "missing"],
)
def test_what_is_no_list_is_told_what_to_export(tmp_path, monkeypatch, capsys, content, said):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / "list.csv").write_bytes(content)
    assert main(["roster", "list.csv"]) == 1 and said in capsys.readouterr().err


def test_two_of_one_name_are_not_guessed(tmp_path):
    """On Brightspace only names lead from a download to a list: of two Jane Does, neither is taken for the other."""
    students = [type("S", (), {"id": i, "first_name": "Jane", "last_name": "Doe"}) for i in ("a", "b")]
    assert matched_by_name(students, [{"by_name": "Jane Doe", "student_id": "1"}]) == {}
    twice = [{"by_name": "jane  doe", "student_id": number} for number in ("1", "2")]
    assert matched_by_name(students[:1], twice) == {} and matched_by_name(students[:1], twice[:1]) == {"1": "a"}
