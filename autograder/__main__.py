"""`python -m autograder`: what nbgrader does not do."""

import argparse
import sys

from . import KitError, commands


def main(arguments=None):
    """Run one command of `python -m autograder`; its exit status."""
    options = make_parser().parse_args(arguments)
    try:
        _verify_names(getattr(options, "assignment", ""))
        return options.run(options) or 0
    except KitError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def _verify_names(assignments):
    """Raise KitError for an assignment's name that nbgrader refuses, with a traceback in some of its commands."""
    for name in [assignments] if isinstance(assignments, str) else assignments:
        if "+" in name:
            raise KitError(
                f"{name!r}: assignment names should not contain the following characters: +. "
                "Rename its folders in source/ and submitted/."
            )


def make_parser():
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="python -m autograder",
        description=f"{__doc__} Each command has a --help of its own.",
        epilog="Everything else is done with nbgrader: generate_assignment, autograde, generate_feedback, export.",
    )
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_grading(subparsers)
    _add_products(subparsers)
    _add_record(subparsers)
    _add_author(subparsers)
    _add_course(subparsers)
    _add_the_rest(subparsers)
    return parser


def _command(subparsers, run, help, description, needed=True):
    command = subparsers.add_parser(run.__name__, help=help, description=description)
    command.set_defaults(run=run)
    if run is not commands.record:
        number = {} if needed else {"nargs": "?", "default": ""}
        command.add_argument("assignment", help="for example residual_networks", **number)
    return command


def _add_grading(subparsers):
    grade = _command(
        subparsers,
        commands.grade,
        "grade a whole class at once, in several processes or on a cluster",
        "Grade what has been submitted, as `nbgrader autograde` does and with the same results, but several "
        "notebooks at a time. Submissions that are already graded are skipped. Run it in the course's folder.",
        needed=False,
    )
    feedback = _command(
        subparsers,
        commands.feedback,
        "make the feedback of a whole class, in several processes",
        "Make feedback as `nbgrader generate_feedback` does, several students at a time. Feedback that exists is "
        "skipped, unless it was graded again. Run it in the course's folder.",
    )
    regrade = _command(
        subparsers,
        commands.regrade,
        "show whose grade would change, before anything is written",
        "After a change to tests, points or references: grade the class in a copy of the course, and show whose "
        "score changes, by how much and why. With --apply, change them. Scores given by hand stay.",
    )
    attempts = _command(
        subparsers,
        commands.attempts,
        "show which attempt of each student is the best",
        "Where c.SubmissionExporter.keep_attempts is set: grade all attempts in a copy of the course, and show their "
        "points, late penalty deducted. With --apply, put the best one back where another lies, and grade it. Run it in "
        "the course's folder.",
    )
    for command in (grade, feedback, regrade, attempts):
        command.add_argument("--jobs", type=int, default=0, metavar="N", help="processes (default: one for each processor)")
    feedback.add_argument(
        "--short",
        action="store_true",
        help="also write feedback.html for each student: points, findings and drawings of all notebooks on one page below "
        "300 kB, for mail and print; with --zip, only this page is packed",
    )
    feedback.add_argument(
        "--zip",
        choices=("moodle", "canvas", "folders"),
        metavar="SYSTEM",
        help="also write ASSIGNMENT_feedback_SYSTEM.zip, for the bulk upload of moodle or canvas, or with folders",
    )
    for command in (grade, feedback):
        command.add_argument("--student", default="", metavar="ID", help="only this student; may hold * and ?")
        command.add_argument("--force", action="store_true", help="do it again for those that are already done")
    workers = "run on the workers of this Dask scheduler, e.g. tcp://10.0.0.1:8786; they need this package and bubblewrap"
    grade.add_argument("--scheduler", default="", metavar="ADDRESS", help=workers)
    grade.add_argument("--all", action="store_true", help="all assignments of which something was submitted")
    grade.add_argument("--watch", action="store_true", help="go on, and grade what is submitted or changed, until Ctrl-C")
    grade.add_argument("--verbose", action="store_true", help="show nbgrader's log")
    regrade.add_argument("--apply", action="store_true", help="show the changes, then regrade the course")
    attempts.add_argument("--apply", action="store_true", help="show them, then put the best ones back, and grade them")


def _add_products(subparsers):
    report = _command(
        subparsers,
        commands.report,
        "one page about a graded class",
        "Write ASSIGNMENT_report.html, which needs no network, and the same as CSV and JSON: what to do, scores by "
        "exercise and student, hardest steps, the class's mistakes, what crashed or was repaired, and look-alike code. "
        "Without an assignment, course_report.html and .csv: all assignments, who has what and what is missing. Run it in "
        "the course's folder, after grading.",
        needed=False,
    )
    bundle = _command(
        subparsers,
        commands.bundle,
        "make one zip for students",
        "Make ASSIGNMENT.zip for students: the notebooks of release/, figures, images, this package as a wheel, "
        "requirements and a README. Run it in the course's folder, after nbgrader generate_assignment.",
    )
    gradescope = _command(
        subparsers,
        commands.gradescope,
        "make an autograder for Gradescope",
        "Make autograder.zip, to be uploaded at Gradescope (Configure Autograder, Ubuntu 24.04, 1.5 GB): it grades "
        "each submission as `nbgrader autograde` does. Run it in the course's folder.",
    )
    for command in (report, bundle, gradescope):
        command.add_argument("--output", metavar="FILE", help="where to write it (default: see above)")


def _add_record(subparsers):
    record = _command(
        subparsers,
        commands.record,
        "run the solutions and record what they hand in, as the reference",
        "Run the solution notebooks of assignments and write their references, exercises/*.json (public cases) and "
        "hidden/*.json, and the stubs for `reset`, where they changed. Each change is shown, layer by layer.",
    )
    record.add_argument("assignment", nargs="+", help="a folder of source/, for example residual_networks")
    record.add_argument("--source", default="source", help="the folder of the assignments (default: source)")
    check = "write nothing; exit with 1 if something changed. Run it with another TensorFlow or Keras to see whether they "
    record.add_argument("--check", action="store_true", help=f"{check}give the same values")


def _add_author(subparsers):
    judge = subparsers.add_parser(
        "judge",
        help="the verdict on one answer in a file",
        description="Run one answer in a sandbox, with the solutions of the other exercises, and print its verdict: points, "
        "findings with the codes of their differences, and the state of each step. Run it in the course's folder. Exits "
        "with 0 if the answer is right.",
    )
    judge.add_argument("exercise", help="for example identity_block")
    judge.add_argument("file", help="the answer's code; - for stdin")
    judge.set_defaults(run=commands.judge)
    _command(
        subparsers,
        commands.check,
        "look for what is wrong with an assignment's exercises",
        "Before an assignment is released: do points agree, can each step and argument be told apart by a hidden case, can "
        "each named mistake occur, does the solution get all points? Each trouble is printed with its mend. Run it in the "
        "course's folder. Exits with 1 if there is one.",
    )


def _add_course(subparsers):
    new = subparsers.add_parser(
        "new",
        help="make a course",
        description="Make a folder with the kit's assignments, a configuration, and a README with the commands of the week.",
    )
    new.add_argument("folder", help="a new folder")
    names = "only this assignment of the kit's (may be repeated)"
    new.add_argument("--assignment", action="append", default=[], metavar="NAME", help=names)
    new.set_defaults(run=commands.new)
    _command(
        subparsers,
        commands.add,
        "put an assignment of the kit's into an nbgrader course",
        "Put an assignment of the kit's into the course of this folder. Its other assignments stay as they are, and are "
        "graded as nbgrader does, in the sandbox.",
    )
    upgrade = subparsers.add_parser(
        "upgrade",
        help="what a newer kit changes in this course",
        description="Say which files of this course the installed kit would change. With --apply, change them; what you "
        "have changed yourself stays. Run it in the course's folder.",
    )
    upgrade.add_argument("--apply", action="store_true", help="change them")
    upgrade.set_defaults(run=commands.upgrade)


def _add_the_rest(subparsers):
    doctor = subparsers.add_parser(
        "doctor",
        help="what this machine can do, and how to fix what it cannot",
        description="Say in plain words what this machine can do: versions, the sandbox, control groups, warm kernels, "
        "memory, and of the course in this folder the gradebook and the exchange. Exits with 1 if it cannot grade.",
    )
    doctor.set_defaults(run=commands.doctor)
    roster = subparsers.add_parser(
        "roster",
        help="put a class list of Moodle, Canvas, Blackboard or Brightspace into the gradebook",
        description="Read a class list as the system exports it: Moodle's grading worksheet of an assignment, the "
        "exports of grades of Canvas, Blackboard or Brightspace (with both key fields), or nbgrader's students.csv. "
        "Downloads that are collected afterwards use its ids, and exports what the system's import wants.",
    )
    roster.add_argument("file", help="the list, as CSV")
    roster.set_defaults(run=commands.roster)
    graders = _command(
        subparsers,
        commands.graders,
        "who grades what by hand, without names",
        "Write ASSIGNMENT_graders.csv: an even share of what needs a manual grade for each, by formgrader's pages.",
    )
    graders.add_argument("grader", nargs="+", help="for example anna bert")
    graders.add_argument("--twice", action="store_true", help="each notebook for two graders")
    wheel = subparsers.add_parser(
        "wheel",
        help="the package for students, to be installed on a hub",
        description="Write the students' wheel of the installed kit: all but solutions and hidden references.",
    )
    wheel.add_argument("--output", metavar="FOLDER", default=".", help="where to write it (default: here)")
    wheel.set_defaults(run=commands.wheel)


if __name__ == "__main__":
    sys.exit(main())
