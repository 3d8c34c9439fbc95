"""`python -m autograder`: what nbgrader cannot do."""
import argparse
import sys
from pathlib import Path


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m autograder", description=__doc__,
        epilog="Everything else is done with nbgrader: generate_assignment, autograde, generate_feedback, export.")
    commands = parser.add_subparsers(dest="command", required=True)
    record = commands.add_parser(
        "record", help="run the solutions and record what they hand in, as the reference",
        description="Run the solution notebooks of assignments and write their references, exercises/*.json (public "
                    "cases) and hidden/*.json, where they changed. Each change is shown, layer by layer.")
    record.add_argument("assignment", nargs="+", help="a folder of source/, for example residual_networks")
    record.add_argument("--source", default="source", help="the folder of the assignments (default: source)")
    record.add_argument("--check", action="store_true", help="write nothing; exit with 1 if something changed. "
                        "Run it with another TensorFlow or Keras to see whether they give the same values")
    grade = commands.add_parser(
        "grade", help="grade a whole class at once, in several processes or on a cluster",
        description="Grade what has been submitted, as `nbgrader autograde` does and with the same results, but several "
                    "notebooks at a time. What is graded already is skipped. Run it in the course's folder.")
    grade.add_argument("assignment", help="for example residual_networks")
    grade.add_argument("--jobs", type=int, default=0, metavar="N", help="processes (default: one for each processor)")
    grade.add_argument("--scheduler", default="", metavar="ADDRESS", help=(
        "run on the workers of this Dask scheduler, for example tcp://10.0.0.1:8786; they need this package and bubblewrap"))
    grade.add_argument("--student", default="", metavar="ID", help="only this student; may hold * and ?")
    grade.add_argument("--force", action="store_true", help="grade again what is graded already")
    grade.add_argument("--verbose", action="store_true", help="show nbgrader's log")
    feedback = commands.add_parser(
        "feedback", help="make the feedback of a whole class, in several processes",
        description="Make feedback as `nbgrader generate_feedback` does, several students at a time. What is made already is "
                    "skipped, unless it was graded anew. Run it in the course's folder.")
    feedback.add_argument("assignment", help="for example residual_networks")
    feedback.add_argument("--jobs", type=int, default=0, metavar="N", help="processes (default: one for each processor)")
    feedback.add_argument("--student", default="", metavar="ID", help="only this student; may hold * and ?")
    feedback.add_argument("--force", action="store_true", help="make again what is made already")
    bundle = commands.add_parser(
        "bundle", help="make one zip for students",
        description="Make ASSIGNMENT.zip for students: the notebooks of release/, figures, pictures, this package as a wheel, "
                    "requirements and a README. Run it in the kit's repository, after nbgrader generate_assignment.")
    bundle.add_argument("assignment", help="a folder of release/, for example residual_networks")
    bundle.add_argument("--output", metavar="FILE", help="where to write the zip (default: ASSIGNMENT.zip)")
    options = parser.parse_args(arguments)
    if options.command == "bundle":
        from .bundle import BundleError
        from .bundle import bundle as make_bundle
        try:
            print(f"wrote {make_bundle(options.assignment, options.output)}")
        except BundleError as error:
            print(f"autograder: {error}", file=sys.stderr)
            return 1
        return 0
    if options.command == "feedback":
        from .feedback import feedback as make_feedback
        return make_feedback(options.assignment, options.student, options.jobs, options.force)
    if options.command == "grade":
        from .grade import grade as grade_class
        return grade_class(options.assignment, options.student, options.jobs, options.scheduler, options.force,
                           options.verbose)

    from .exercise import ExerciseError
    from .reference import record as record_references
    try:
        changed = sum(record_references(Path(options.source) / name, not options.check) for name in options.assignment)
    except ExerciseError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 1
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
