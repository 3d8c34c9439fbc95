"""What each command of `python -m autograder` does with its options. Each imports what it needs: none waits for another
one's libraries."""

from pathlib import Path

from . import KitError


def grade(options):
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


def feedback(options):
    from .course.feedback import feedback

    return feedback(options.assignment, options.student, options.jobs, options.force, options.short, options.zip)


def regrade(options):
    from .course.regrade import regrade

    regrade(options.assignment, options.apply, options.jobs)


def attempts(options):
    from .course.attempts import attempts

    attempts(options.assignment, options.apply, options.jobs)


def report(options):
    if not options.assignment:
        from .course.overview import overview

        print(f"wrote {overview(options.output)}")
        return
    from .course.report import report

    print(f"wrote {report(options.assignment, options.output)}")


def bundle(options):
    from .course.bundle import bundle

    print(f"wrote {bundle(options.assignment, options.output)}")


def gradescope(options):
    from .course.gradescope import build

    print(f"wrote {build(options.assignment, options.output)}")


def record(options):
    from .course.record import record

    changed = sum(record(Path(options.source) / name, not options.check) for name in options.assignment)
    return 1 if options.check and changed else 0


def judge(options):
    from .course.author import judge

    return int(judge(options.exercise, options.file)["status"] != "right")


def check(options):
    from .course.author import check

    return int(check(options.assignment) > 0)


def new(options):
    from .course.folder import new

    new(options.folder, options.assignment)


def add(options):
    from .course.folder import add

    add(options.assignment)


def upgrade(options):
    from .course.folder import upgrade

    upgrade(options.apply)


def doctor(options):
    from .course.doctor import doctor

    return int(not doctor())


def roster(options):
    from .course.roster import import_roster

    system, number, left_out = import_roster(options.file)
    print(f"{number} students of {system}'s list are in the gradebook")
    for line, why in sorted(left_out.items()):
        print(f"    line {line} is left out: {why}")


def graders(options):
    from .course.graders import share_out

    share_out(options.assignment, options.grader, options.twice)


def wheel(options):
    from .course.package import student_wheel

    print(f"wrote {student_wheel(options.output)}")
