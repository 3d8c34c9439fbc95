"""The time of the class report for a large class: `python -m benchmarks.report_time [STUDENTS]` in the repository's root.

The bundled class is graded once; its autograded notebooks and grades are then copied to so many students.
"""

import contextlib
import io
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from nbgrader.api import Gradebook

from autograder.course.grade import grade
from autograder.course.report import report
from benchmarks.throughput import answers, course_with
from tests.helpers.submissions import ASSIGNMENT, make_course
from tools.grade_class import ensure_assignment


def enlarge(course, students):
    """Give copies of the graded submissions to so many students."""
    with Gradebook(f"sqlite:///{course}/gradebook.db", "residual-networks") as gradebook:
        samples = gradebook.assignment_submissions(ASSIGNMENT)
        for number in range(students - len(samples)):
            sample = samples[number % len(samples)]
            name = f"copy{number:04}"
            shutil.copytree(course / "autograded" / sample.student_id, course / "autograded" / name)
            gradebook.update_or_create_student(name)
            copy = gradebook.update_or_create_submission(ASSIGNMENT, name)
            earned = {grade.name: grade.auto_score for notebook in sample.notebooks for grade in notebook.grades}
            for notebook in copy.notebooks:
                for found in notebook.grades:
                    found.auto_score = earned[found.name]
        gradebook.db.commit()


def main(students):
    with tempfile.TemporaryDirectory() as folder:
        template = make_course(Path(folder, "template"))
        ensure_assignment(template)
        course = course_with(template, Path(folder, "course"), answers(17))
        here = os.getcwd()
        os.chdir(course)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                grade(ASSIGNMENT)
            enlarge(course, students)
            started = time.perf_counter()
            page = report(ASSIGNMENT)
            seconds = time.perf_counter() - started
            print(f"{students} submissions: {seconds:.1f} s, a page of {page.stat().st_size / 1e3:.0f} kB")
        finally:
            os.chdir(here)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
