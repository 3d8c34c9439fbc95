"""The instructor's week, by the commands of docs/instructors.md: from LMS downloads to LMS files."""

import csv
import getpass
import json
import re
import shlex
import shutil
import subprocess
import zipfile

import pytest
from nbgrader.api import Gradebook

from autograder.course.alike import near_duplicates
from tests.helpers.browser import open_page
from tests.helpers.commands import blocks, run_module
from tests.helpers.submissions import (
    ASSIGNMENT,
    ROOT,
    new_course,
    read_class,
    sample_cells,
    write_notebooks,
    write_submission,
)

pytestmark = pytest.mark.slow
DOWNLOADS = {  # where each system puts a notebook in its download
    "moodle.zip": "Jane {id}_{id}_assignsubmission_file/{name}.ipynb",
    "canvas.zip": "{id}_LATE_{number}_345_{name}-1.ipynb",  # the user's number in Canvas, and the file's
    "gradescope.zip": "assignment_9_export/submission_{id}/{name}.ipynb",
}
SAMPLES = {sample.name: sample for sample in read_class() if not sample.endless}
CLASS = {
    "1000001": ("moodle.zip", "ada"),
    "1000002": ("moodle.zip", "dia"),
    "doejane": ("canvas.zip", "eli"),
    "roejohn": ("canvas.zip", "gus"),
    "555": ("gradescope.zip", "fay"),
    "556": ("gradescope.zip", "mia"),
    "557": ("gradescope.zip", "ben"),
}
for number, name in enumerate(("dia", "mia", "dia")):  # 10 of them; one more hands in by nbgrader's exchange
    CLASS[(f"10001{number:02}", f"smith{chr(97 + number // 3)}", f"6{number:02}")[number % 3]] = (
        list(DOWNLOADS)[number % 3],
        name,
    )
EXCHANGE = getpass.getuser()


def canvas_user(student):
    """The number of a student in Canvas."""
    return str(int.from_bytes(student.encode()[-3:], "big"))


def commands():
    """The commands of the page, by their first words."""
    text = (ROOT / "docs" / "instructors.md").read_text()
    return [line for block in blocks(text) for line in block.splitlines()]


def run(course, command, status=0):
    """Run a command of the page in a course's folder; what it printed."""
    words = shlex.split(command)
    done = run_module(words[2:] if words[:2] == ["python", "-m"] else words, course)
    assert done.returncode == status, done.stdout[-3000:]
    return done.stdout


def command(*words):
    """The command of the page that begins with these words."""
    return next(line for line in commands() if line.startswith(" ".join(words)))


@pytest.fixture(scope="module")
def downloaded(generated, tmp_path_factory):
    """A course with the downloads of three systems, and an exchange."""
    course = new_course(generated, tmp_path_factory.mktemp("week") / "course", only=ASSIGNMENT)
    exchange = tmp_path_factory.mktemp("exchange")
    exchange.chmod(0o1777)
    with open(course / "nbgrader_config.py", "a") as file:
        file.write(f"c.Exchange.root = {str(exchange)!r}\n")
    archive = course / "downloaded" / ASSIGNMENT / "archive"
    archive.mkdir(parents=True)
    for student, (download, name) in CLASS.items():
        folder = write_submission(course, student, sample_cells(SAMPLES[name]))
        with zipfile.ZipFile(archive / download, "a") as file:
            for path in folder.glob("*.ipynb"):
                file.write(path, DOWNLOADS[download].format(id=student, number=canvas_user(student), name=path.stem))
            file.writestr(f"readme_{student}.txt", "what is no submission")
    shutil.rmtree(course / "submitted")
    return course


@pytest.fixture(scope="module")
def collected(downloaded):
    """The course when all have been collected from the downloads."""
    run(downloaded, command("nbgrader zip_collect"))
    return downloaded


def test_downloads_of_three_systems_are_collected(collected):
    submitted = {path.name for path in (collected / "submitted").iterdir()}
    assert submitted - {EXCHANGE} == set(CLASS)
    for student in CLASS:
        assert {path.name for path in (collected / "submitted" / student / ASSIGNMENT).glob("*.ipynb")} == {
            "vanishing_gradients.ipynb",
            "residual_networks.ipynb",
        }


@pytest.fixture(scope="module")
def home(collected, tmp_path_factory):
    """The folder of a student who has submitted by nbgrader's exchange."""
    home = tmp_path_factory.mktemp("home")
    shutil.copy(collected / "nbgrader_config.py", home)
    run(collected, f"nbgrader release_assignment {ASSIGNMENT}")
    run(home, f"nbgrader fetch_assignment {ASSIGNMENT}")
    write_notebooks(home / ASSIGNMENT, sample_cells(SAMPLES["ada"]))
    run(home, f"nbgrader submit {ASSIGNMENT}")
    run(collected, f"nbgrader collect {ASSIGNMENT}")
    return home


def test_the_exchange_carries_an_assignment_there_and_back(collected, home):
    assert (collected / "submitted" / EXCHANGE / ASSIGNMENT / "residual_networks.ipynb").exists()


@pytest.fixture(scope="module")
def course(collected, home):
    """The course when all are graded and have their feedback."""
    count = len(CLASS) + 1
    assert count == 11
    assert f"graded {count}, skipped 0" in run(collected, command("python -m autograder grade"))
    assert f"made {count}, skipped 0" in run(collected, command("python -m autograder feedback"))
    return collected


def test_the_class_is_graded_and_gets_feedback(course):
    assert scores(course) == {
        EXCHANGE: 35,
        **{student: pytest.approx(sum(SAMPLES[name].expected.values())) for student, (_, name) in CLASS.items()},
    }
    assert f"made 0, skipped {len(CLASS) + 1}" in run(course, command("python -m autograder feedback"))
    page = (course / "feedback" / "555" / ASSIGNMENT / "residual_networks.html").read_text()
    assert "initializer ignored" in page and "data:image/svg+xml;base64" in page and "HIDDEN" not in page
    assert len(page) < 1_500_000


PAGES = ("residual_networks.html", "vanishing_gradients.html")


@pytest.mark.parametrize("system", ["moodle", "canvas", "folders"])
def test_feedback_goes_back_as_the_systems_upload_it(course, system):
    """What Moodle and Canvas look for in names: the participant's number; the numbers of user and file."""
    said = run(course, f"python -m autograder feedback {ASSIGNMENT} --zip {system}")
    with zipfile.ZipFile(course / f"{ASSIGNMENT}_feedback_{system}.zip") as archive:
        names = archive.namelist()
    mine = {name for name, (download, _) in CLASS.items() if system == "folders" or download == f"{system}.zip"}
    if system == "folders":
        assert set(names) == {f"{student}/{page}" for student in {*mine, EXCHANGE} for page in PAGES}
        return
    pattern = {"moodle": r"Jane \d+_(\d+)_assignsubmission_file_(.+)", "canvas": r"([^_]+)_LATE_\d+_345_(.+)"}[system]
    found = [re.fullmatch(pattern, name).groups() for name in names]
    assert sorted(found) == sorted((student, page) for student in mine for page in PAGES)
    assert f"{EXCHANGE} is not in it: {system} does not know this student" in said


def test_results_are_one_short_page_for_mail_and_a_pdf(course, tmp_path):
    course = shutil.copytree(course, tmp_path / "course")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        book = gradebook.find_submission_notebook("residual_networks", ASSIGNMENT, "555")
        book.comments[0].manual_comment = "Well <b>drawn</b>."
        gradebook.db.commit()
    said = run(course, f"python -m autograder feedback {ASSIGNMENT} --short --zip folders")
    assert f"wrote {len(CLASS) + 1} short pages" in said
    with zipfile.ZipFile(course / f"{ASSIGNMENT}_feedback_folders.zip") as archive:
        assert set(archive.namelist()) == {f"{student}/feedback.html" for student in (*CLASS, EXCHANGE)}
        pages = {name.split("/")[0]: archive.read(name).decode() for name in archive.namelist()}
    assert all(len(page.encode()) < 300_000 and "<script" not in page for page in pages.values())
    total = scores(course)
    assert all(f"<strong>{total[student]:g} of 35 points" in pages[student] for student in pages)
    assert "initializer ignored" in pages["555"] and "data:image/svg+xml;base64" in pages["555"]
    assert "Well &lt;b&gt;drawn&lt;/b&gt;." in pages["555"] and "HIDDEN" not in pages["555"]
    line = command("chromium").replace("jdoe", "555").replace("--headless", "--headless --no-sandbox")  # root needs that
    subprocess.run(shlex.split(line), cwd=course, check=True, capture_output=True)
    assert (course / "555.pdf").read_bytes().startswith(b"%PDF")


def test_feedback_goes_back_by_the_exchange(course, home):
    run(course, f"nbgrader release_feedback {ASSIGNMENT} --student={EXCHANGE}")
    run(home, f"nbgrader fetch_feedback {ASSIGNMENT}")
    assert list((home / ASSIGNMENT / "feedback").rglob("residual_networks.html"))


def test_the_report_says_what_the_class_did(course, tmp_path):
    run(course, command("python -m autograder report"))
    data = json.loads((course / f"{ASSIGNMENT}_report.json").read_text())
    assert data["count"] == len(CLASS) + 1
    assert data["full"] == 1 + sum(sum(SAMPLES[name].expected.values()) == 35 for _, name in CLASS.values())
    assert {"initializer ignored", "stride in the wrong convolution"} <= {row["name"] for row in data["mistakes"]}
    assert all("#" not in code for row in data["mistakes"] for code in row["codes"])
    with open(course / f"{ASSIGNMENT}_report.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4 * (len(CLASS) + 1) and {row["student_id"] for row in rows} == {*CLASS, EXCHANGE}
    with open_page() as page:
        requests = []
        page.on("request", lambda request: requests.append(request.url))
        page.goto((course / f"{ASSIGNMENT}_report.html").as_uri())
        assert page.get_by_role("heading", name="Hardest steps").is_visible()
        assert len(requests) == 1  # no network
        page.screenshot(path=tmp_path / "report.png", full_page=True)
        page.pdf(path=tmp_path / "report.pdf")


def test_the_report_begins_with_what_to_do(course, tmp_path):
    course = shutil.copytree(course, tmp_path / "course")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.add_student("absent", first_name="Ann", last_name="Other")
        gradebook.update_or_create_student("555", first_name="Fay", last_name="Wray")
    run(course, command("python -m autograder report"))
    data = json.loads((course / f"{ASSIGNMENT}_report.json").read_text())
    not_understood, talk, check = data["advice"]
    assert data["absent"] == ["absent"] and "absent who submitted nothing" in talk
    weak = [row["student"] for row in data["students"] if row["score"] < 35 / 2]
    assert weak and all(student in talk for student in weak[:2]) and "1000001" not in talk
    manual = sum(row["manual"] for row in data["students"])
    assert ("needs a manual grade" in check or "need a manual grade" in check) == bool(manual)
    assert f"{len(data['repaired'])} submission" in check or not data["repaired"]
    common = max(data["mistakes"], key=lambda row: row["part"])
    assert common["name"].rstrip(".") in not_understood and f"{common['count']} students" in not_understood
    for row in data["exercises"]:  # who has not answered an exercise has not got its steps wrong
        assert all(step["count"] <= row["answered"] for step in data["hardest"] if step["exercise"] == row["name"])
    assert any(not row["known"] for row in data["mistakes"])
    page = (course / f"{ASSIGNMENT}_report.html").read_text()
    assert "Wray, Fay" in page and page.index("Talk to") < page.index("<svg")


def test_the_whole_course_is_graded_and_reported_at_once(course):
    assert f"graded 0, skipped {len(CLASS) + 1}" in run(course, "python -m autograder grade --all")
    run(course, "python -m autograder report")
    rows = read_csv(course / "course_report.csv")
    assert rows[0] == ["student_id", "name", ASSIGNMENT, "all"]
    assert {row[0]: float(row[2]) for row in rows[1:]} == scores(course)
    page = (course / "course_report.html").read_text()
    assert "Hardest: " in page and "Talk to " in page and "<script" not in page
    for arguments in ("grade", f"grade {ASSIGNMENT} --all"):
        assert "Name one assignment, or say --all" in run(course, f"python -m autograder {arguments}", status=1)


def test_grades_leave_as_the_systems_import_them(course):
    total = scores(course)
    for words in ("CanvasExport", "MoodleExport", "TableExport"):
        run(course, command("nbgrader export --exporter autograder.course.export." + words))
    canvas = read_csv(course / "canvas.csv")
    assert canvas[0][:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert canvas[1][0].strip() == "Points Possible" and float(canvas[1][5]) == 35
    assert {row[3]: float(row[5]) for row in canvas[2:]} == total
    assert {row[3]: row[1] for row in canvas[2:] if CLASS.get(row[3], ("",))[0] == "canvas.zip"} == {
        name: canvas_user(name) for name, (download, _) in CLASS.items() if download == "canvas.zip"
    }
    moodle = read_csv(course / "moodle.csv")
    assert moodle[0][:5] == ["Identifier", "Full name", "Username", "Email address", "Grade"]
    assert moodle[0][5:] == ["Maximum Grade", "Last modified (grade)"] and {row[5] for row in moodle[1:]} == {"35.0"}
    assert {row[0].removeprefix("Participant ") or row[2]: float(row[4]) for row in moodle[1:]} == total
    identifiers = {row[0] for row in moodle[1:] if row[0]}  # as Moodle's download has them, and of its students alone
    assert identifiers == {f"Participant {name}" for name, (download, _) in CLASS.items() if download == "moodle.zip"}
    table = read_csv(course / "grades_by_exercise.csv")
    assert {row[0]: float(row[8]) for row in table[1:]} == total


def read_csv(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def scores(course):
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return {row["student"]: row["score"] for row in gradebook.submission_dicts(ASSIGNMENT)}


def test_a_regrade_is_shown_before_it_is_written(course, tmp_path):
    course = shutil.copytree(course, tmp_path / "course")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for student in {*CLASS, EXCHANGE} - {"1000001", "doejane", "555"}:
            gradebook.remove_submission(ASSIGNMENT, student)
            shutil.rmtree(course / "submitted" / student)
    before = scores(course)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.find_grade("test_identity_block", "residual_networks", ASSIGNMENT, "555").manual_score = 9.5
        gradebook.db.commit()
    path = course / "source" / ASSIGNMENT / "exercises" / "convolutional_block.toml"
    text = path.read_text()
    preview, apply = [line for line in commands() if "autograder regrade" in line]
    path.write_text(text.replace("points = 1.5", "points = 1.25"))
    assert "gives 10 points, and the steps of convolutional_block in exercises/ 9.75" in run(course, preview, status=1)
    path.write_text(text.replace("points = 1.5", "points = 1.25").replace("points = 0.5", "points = 0.75", 1))
    said = run(course, preview)
    assert "doejane: convolutional_block 8.5 -> 8.25" in said and "Nothing is written yet" in said
    assert "1000001:" not in said and scores(course)["doejane"] == before["doejane"]
    assert "Now the course is regraded" in run(course, apply)
    after = scores(course)
    assert after["doejane"] == before["doejane"] - 0.25 and after["1000001"] == before["1000001"]
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert gradebook.find_grade("test_identity_block", "residual_networks", ASSIGNMENT, "555").score == 9.5


def test_bad_input_is_answered_with_what_to_do(course):
    for name in ("report", "regrade"):
        assert "nothing_such" in run(course, f"python -m autograder {name} nothing_such", status=1)


def test_code_that_few_share_is_found_and_what_everybody_has_is_not():
    usual = (
        "def f(X):\n    X = Conv2D(1, 1)(X)\n    X = BatchNormalization(axis=3)(X)\n    return Activation('relu')(X)\n" * 3
    )
    odd = (
        "my_very_own_shortcut = X; peculiar_name_for_sum = my_very_own_shortcut + X  # because of the rainy weather in May\n"
        * 3
    )
    students = [
        {"student": f"s{k}", "code": {"a": usual + f"# remark {k * 7919} of its own, which nobody else wrote {k}\n"}}
        for k in range(30)
    ]
    for k in (4, 17):
        students[k]["code"]["a"] += odd
    assert [{pair["one"], pair["other"]} for pair in near_duplicates(students)] == [{"s4", "s17"}]
    assert near_duplicates([{"student": name, "code": {"a": usual}} for name in "ab"], handed_out=usual) == []
