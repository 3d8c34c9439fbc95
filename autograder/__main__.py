"""`python -m autograder`: what nbgrader does not do."""

import argparse
import sys
from pathlib import Path

from . import KitError


def main(arguments=None):
    """Run one command of `python -m autograder`; its exit status."""
    options = make_parser().parse_args(arguments)
    try:
        _verify_names(getattr(options, "assignment", ""))
        return options.run(options) or 0
    except KitError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 1


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
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_grading(commands)
    _add_products(commands)
    _add_record(commands)
    _add_author(commands)
    _add_course(commands)
    _add_the_rest(commands)
    return parser


def _command(commands, run, help, description, needed=True):
    command = commands.add_parser(run.__name__.strip("_"), help=help, description=description)
    command.set_defaults(run=run)
    if run is not _record:
        number = {} if needed else {"nargs": "?", "default": ""}
        command.add_argument("assignment", help="for example residual_networks", **number)
    return command


def _add_grading(commands):
    grade = _command(
        commands,
        _grade,
        "grade a whole class at once, in several processes or on a cluster",
        "Grade what has been submitted, as `nbgrader autograde` does and with the same results, but several "
        "notebooks at a time. Submissions that are already graded are skipped. Run it in the course's folder.",
        needed=False,
    )
    feedback = _command(
        commands,
        _feedback,
        "make the feedback of a whole class, in several processes",
        "Make feedback as `nbgrader generate_feedback` does, several students at a time. Feedback that exists is "
        "skipped, unless it was graded again. Run it in the course's folder.",
    )
    regrade = _command(
        commands,
        _regrade,
        "show whose grade would change, before anything is written",
        "After a change to tests, points or references: grade the class in a copy of the course, and show whose "
        "score changes, by how much and why. With --apply, change them. Scores given by hand stay.",
    )
    for command in (grade, feedback, regrade):
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


def _add_products(commands):
    report = _command(
        commands,
        _report,
        "one page about a graded class",
        "Write ASSIGNMENT_report.html, which needs no network, and the same as CSV and JSON: what to do, scores by "
        "exercise and student, hardest steps, the class's mistakes, what crashed or was repaired, and look-alike code. "
        "Without an assignment, course_report.html and .csv: all assignments, who has what and what is missing. Run it in "
        "the course's folder, after grading.",
        needed=False,
    )
    bundle = _command(
        commands,
        _bundle,
        "make one zip for students",
        "Make ASSIGNMENT.zip for students: the notebooks of release/, figures, images, this package as a wheel, "
        "requirements and a README. Run it in the course's folder, after nbgrader generate_assignment.",
    )
    gradescope = _command(
        commands,
        _gradescope,
        "make an autograder for Gradescope",
        "Make autograder.zip, to be uploaded at Gradescope (Configure Autograder, Ubuntu 24.04, 1.5 GB): it grades "
        "each submission as `nbgrader autograde` does. Run it in the course's folder.",
    )
    for command in (report, bundle, gradescope):
        command.add_argument("--output", metavar="FILE", help="where to write it (default: see above)")


def _add_record(commands):
    record = _command(
        commands,
        _record,
        "run the solutions and record what they hand in, as the reference",
        "Run the solution notebooks of assignments and write their references, exercises/*.json (public cases) and "
        "hidden/*.json, and the stubs for `reset`, where they changed. Each change is shown, layer by layer.",
    )
    record.add_argument("assignment", nargs="+", help="a folder of source/, for example residual_networks")
    record.add_argument("--source", default="source", help="the folder of the assignments (default: source)")
    check = "write nothing; exit with 1 if something changed. Run it with another TensorFlow or Keras to see whether they "
    record.add_argument("--check", action="store_true", help=f"{check}give the same values")


def _add_author(commands):
    judge = commands.add_parser(
        "judge",
        help="the verdict on one answer in a file",
        description="Run one answer in a sandbox, with the solutions of the other exercises, and print its verdict: points, "
        "findings with the codes of their differences, and the state of each step. Run it in the course's folder. Exits "
        "with 0 if the answer is right.",
    )
    judge.add_argument("exercise", help="for example identity_block")
    judge.add_argument("file", help="the answer's code; - for stdin")
    judge.set_defaults(run=_judge)
    _command(
        commands,
        _check,
        "look for what is wrong with an assignment's exercises",
        "Before an assignment is released: do points agree, can each step and argument be told apart by a hidden case, can "
        "each named mistake occur, does the solution get all points? Each trouble is printed with its mend. Run it in the "
        "course's folder. Exits with 1 if there is one.",
    )


def _add_course(commands):
    new = commands.add_parser(
        "new",
        help="make a course",
        description="Make a folder with the kit's assignments, a configuration, and a README with the commands of the week.",
    )
    new.add_argument("folder", help="a new folder")
    names = "only this assignment of the kit's (may be repeated)"
    new.add_argument("--assignment", action="append", default=[], metavar="NAME", help=names)
    new.set_defaults(run=_new)
    _command(
        commands,
        _add,
        "put an assignment of the kit's into an nbgrader course",
        "Put an assignment of the kit's into the course of this folder. Its other assignments stay as they are, and are "
        "graded as nbgrader does, in the sandbox.",
    )
    upgrade = commands.add_parser(
        "upgrade",
        help="what a newer kit changes in this course",
        description="Say which files of this course the installed kit would change. With --apply, change them; what you "
        "have changed yourself stays. Run it in the course's folder.",
    )
    upgrade.add_argument("--apply", action="store_true", help="change them")
    upgrade.set_defaults(run=_upgrade)


def _add_the_rest(commands):
    doctor = commands.add_parser(
        "doctor",
        help="what this machine can do, and how to fix what it cannot",
        description="Say in plain words what this machine can do: versions, the sandbox, control groups, warm kernels, "
        "memory, and of the course in this folder the gradebook and the exchange. Exits with 1 if it cannot grade.",
    )
    doctor.set_defaults(run=_doctor)
    roster = commands.add_parser(
        "roster",
        help="put a class list of Moodle, Canvas, Blackboard or Brightspace into the gradebook",
        description="Read a class list as the system exports it: Moodle's grading worksheet of an assignment, the "
        "exports of grades of Canvas, Blackboard or Brightspace (with both key fields), or nbgrader's students.csv. "
        "Downloads that are collected afterwards use its ids, and exports what the system's import wants.",
    )
    roster.add_argument("file", help="the list, as CSV")
    roster.set_defaults(run=_roster)
    graders = _command(
        commands,
        _graders,
        "who grades what by hand, without names",
        "Write ASSIGNMENT_graders.csv: an even share of what needs a manual grade for each, by formgrader's pages.",
    )
    graders.add_argument("grader", nargs="+", help="for example anna bert")
    graders.add_argument("--twice", action="store_true", help="each notebook for two graders")
    wheel = commands.add_parser(
        "wheel",
        help="the package for students, to be installed on a hub",
        description="Write the students' wheel of the installed kit: all but solutions and hidden references.",
    )
    wheel.add_argument("--output", metavar="FOLDER", default=".", help="where to write it (default: here)")
    wheel.set_defaults(run=_wheel)


# Each command imports what it needs: none waits for another one's libraries.


def _grade(options):
    if bool(options.assignment) == options.all:
        raise KitError("Name one assignment, or say --all: python -m autograder grade residual_networks")
    if options.watch and (options.all or options.force):
        raise KitError("--watch goes with one assignment, and grades again what has changed: leave out --all and --force")
    from .course.grade import grade, submitted_assignments

    status = 0
    for name in [options.assignment] if options.assignment else submitted_assignments():
        if options.all:
            print(f"{name}:", flush=True)
        status |= grade(
            name, options.student, options.jobs, options.scheduler, options.force, options.verbose, options.watch
        )
    return status


def _feedback(options):
    from .course.feedback import feedback

    return feedback(options.assignment, options.student, options.jobs, options.force, options.short, options.zip)


def _regrade(options):
    from .course.regrade import regrade

    regrade(options.assignment, options.apply, options.jobs)


def _report(options):
    if not options.assignment:
        from .course.overview import overview

        print(f"wrote {overview(options.output)}")
        return
    from .course.report import report

    print(f"wrote {report(options.assignment, options.output)}")


def _bundle(options):
    from .course.bundle import bundle

    print(f"wrote {bundle(options.assignment, options.output)}")


def _gradescope(options):
    from .course.gradescope import build

    print(f"wrote {build(options.assignment, options.output)}")


def _record(options):
    from .course.record import record

    changed = sum(record(Path(options.source) / name, not options.check) for name in options.assignment)
    return 1 if options.check and changed else 0


def _judge(options):
    from .course.author import judge

    return int(judge(options.exercise, options.file)["status"] != "right")


def _check(options):
    from .course.author import check

    return int(check(options.assignment) > 0)


def _new(options):
    from .course.folder import new

    new(options.folder, options.assignment)


def _add(options):
    from .course.folder import add

    add(options.assignment)


def _upgrade(options):
    from .course.folder import upgrade

    upgrade(options.apply)


def _doctor(options):
    from .course.doctor import doctor

    return int(not doctor())


def _roster(options):
    from .course.roster import import_roster

    system, number, left_out = import_roster(options.file)
    print(f"{number} students of {system}'s list are in the gradebook")
    for line, why in sorted(left_out.items()):
        print(f"    line {line} is left out: {why}")


def _graders(options):
    from .course.graders import share_out

    share_out(options.assignment, options.grader, options.twice)


def _wheel(options):
    from .course.package import student_wheel

    print(f"wrote {student_wheel(options.output)}")


if __name__ == "__main__":
    sys.exit(main())
