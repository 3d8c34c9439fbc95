"""The gradebook in a real PostgreSQL server, which this test starts: equal grades, and the same reports."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from tests.helpers.commands import run_module
from tests.helpers.processes import free_port
from tests.helpers.submissions import ASSIGNMENT, make_course, read_class, sample_cells, write_submission

pytestmark = pytest.mark.slow
STUDENTS = ("ada", "gus")


def programs():
    """The folder of PostgreSQL's server programs: Debian keeps them off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else Path(shutil.which("initdb") or "/missing").parent


def as_postgres(*command):
    """The server refuses to run as root; Debian's package has a user for it."""
    return ["runuser", "-u", "postgres", "--", *map(str, command)] if os.getuid() == 0 else list(map(str, command))


@pytest.fixture(scope="module")
def server():
    """The URL of an empty database."""
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))  # pytest's own folders are closed to other users
    folder.chmod(0o755)
    data = folder / "data"
    data.mkdir()
    if os.getuid() == 0:
        shutil.chown(data, "postgres")
    port = free_port()

    def run(*command):
        done = subprocess.run(as_postgres(*command), cwd="/", text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == 0, done.stdout

    run(programs() / "initdb", "--auth=trust", "--username=grader", "--encoding=UTF8", "-D", data)
    run(programs() / "pg_ctl", "-D", data, "-w", "-l", data / "log", "-o", f"-h 127.0.0.1 -p {port} -k {data}", "start")
    try:
        run("psql", "-h", "127.0.0.1", "-p", port, "-U", "grader", "-d", "postgres", "-c", "create database gradebook")
        yield f"postgresql://grader@127.0.0.1:{port}/gradebook"
    finally:
        run(programs() / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def graded(folder, url=None):
    """What a class gets: {student: [(cell, points)]}, its report, and what is exported."""
    course = make_course(folder)
    if url:
        with open(course / "nbgrader_config.py", "a") as file:
            file.write(f"c.CourseDirectory.db_url = {url!r}\n")
    samples = {sample.name: sample for sample in read_class()}

    def run(*arguments):
        done = run_module(arguments, course)
        assert done.returncode == 0, done.stdout[-3000:]

    run("nbgrader", "generate_assignment", ASSIGNMENT, "--force")
    for name in STUDENTS:
        write_submission(course, name, sample_cells(samples[name]))
    run("nbgrader", "autograde", ASSIGNMENT, "--student", STUDENTS[0])
    run("autograder", "grade", ASSIGNMENT)
    run("autograder", "report", ASSIGNMENT)
    run("nbgrader", "export", "--exporter", "autograder.course.export.CanvasExport", "--to", "canvas.csv")
    with Gradebook(url or f"sqlite:///{course}/gradebook.db", "residual-networks") as gradebook:
        points = {
            name: sorted(
                (grade.name, grade.auto_score)
                for notebook in gradebook.find_submission(ASSIGNMENT, name).notebooks
                for grade in notebook.grades
            )
            for name in STUDENTS
        }
    return points, (course / f"{ASSIGNMENT}_report.csv").read_text(), (course / "canvas.csv").read_text()


def test_sqlite_and_postgresql_give_equal_grades(server, tmp_path):
    (tmp_path / "sqlite").mkdir()
    (tmp_path / "postgresql").mkdir()
    points, report, table = graded(tmp_path / "postgresql", server)
    assert (points, report, table) == graded(tmp_path / "sqlite")
    assert sum(points["ada"][k][1] for k in range(4)) == 35


def test_a_server_that_does_not_answer_is_named(tmp_path):
    course = make_course(tmp_path)
    with open(course / "nbgrader_config.py", "a") as file:
        file.write("c.CourseDirectory.db_url = 'postgresql://grader@127.0.0.1:1/gradebook'\n")
    (course / "submitted" / "ada" / ASSIGNMENT).mkdir(parents=True)
    shutil.copy(course / "source" / ASSIGNMENT / "residual_networks.ipynb", course / "submitted" / "ada" / ASSIGNMENT)
    done = run_module(["autograder", "grade", ASSIGNMENT], course)
    assert done.returncode and "may you write to it" in done.stdout and "Traceback" not in done.stdout, done.stdout
