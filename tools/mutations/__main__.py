"""python -m tools.mutations: see the package."""

import argparse
import random
import resource
import sys
import time

from . import ALL, __doc__, figures, lines, sample
from .judging import examine, examine_all, to_stderr
from .reduction import reduced

SHOWN = 12  # failures of each kind that are reduced and shown


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m tools.mutations", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--exercise", choices=ALL, help="only this exercise")
    parser.add_argument("--sample", type=int, default=5050, help="how many right and how many wrong answers (default: 5050)")
    parser.add_argument("--seed", type=int, default=1, help="which ones (default: 1)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("--cases", action="store_true", help="print which hidden case kills which wrong answers")
    told = "measure instead how often the line that `check` marks is one that a mistake touched"
    parser.add_argument("--lines", action="store_true", help=told)
    options = parser.parse_args(arguments)
    if options.lines:
        return 0 if lines.report(options.seed, options.sample // 50) >= figures.ASKED_LINES else 1
    start, rng = time.monotonic(), random.Random(options.seed)
    exercises = (options.exercise,) if options.exercise else ALL
    answers = sample(rng, options.sample, round(1.03 * options.sample), exercises)
    answers = examine_all(answers, options.jobs, options.cases, to_stderr)
    to_stderr("\n")
    took = f"{len(answers)} answers in {time.monotonic() - start:.0f} s ({cpu_seconds():.0f} s of CPU)"
    failures = figures.report(answers)
    if options.cases:
        figures.case_table(answers)
    print(took)
    show_failures(failures)
    return 1 if set(failures) - {figures.UNNAMED} or not figures.enough_named(answers) else 0


def cpu_seconds():
    """What this process and those that it has started and seen end have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def show_failures(failures):
    """Print each kind of failure, some of them in their smallest form."""
    for kind, group in failures.items():
        print(f"\n{kind}: {len(group)}")
        shown = set()
        for answer in group[:SHOWN]:
            small = reduced(answer, lambda other, kind=kind, like=answer: fails_alike(other, kind, like))
            text = figures.describe(small)
            if text not in shown:
                shown.add(text)
                print(f"  {text}")


def fails_alike(answer, kind, like):
    """Whether an answer fails as another did; looks at it only as far as that needs."""
    examine(answer, cross="cross" in like.result, keras="keras" in like.result)
    return figures.failure(answer) == kind


if __name__ == "__main__":
    sys.exit(main())
