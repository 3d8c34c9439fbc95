"""`python -m autograder`: what nbgrader cannot do."""
import argparse
import sys
from pathlib import Path


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m autograder", description=__doc__,
        epilog="Everything else is done with nbgrader: generate_assignment, autograde, generate_feedback, export.")
    commands = parser.add_subparsers(dest="command", required=True)
    record = commands.add_parser("record", help="run the solutions and record what they hand in, as the reference",
                                 description="Run the solution notebooks of an assignment and write its references: "
                                             "exercises/*.json (public cases) and hidden/*.json. Look at the result "
                                             "with git diff.")
    record.add_argument("assignment", help="a folder of source/, for example residual_networks")
    record.add_argument("--source", default="source", help="the folder of the assignments (default: source)")
    options = parser.parse_args(arguments)

    from .exercise import ExerciseError
    from .reference import record as record_references
    try:
        record_references(Path(options.source) / options.assignment)
    except ExerciseError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
