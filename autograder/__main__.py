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
    options = parser.parse_args(arguments)

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
