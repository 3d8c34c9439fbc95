"""`make grade`: grade the bundled class with the class command, and print scores and diagnosis.

Exits with 1 if a score or a first finding is not the one that the sample's file expects.
"""

import subprocess
import sys
from pathlib import Path

from nbgrader.api import Gradebook

from tests.helpers.submissions import ASSIGNMENT, EXERCISES, ROOT, read_class, write_sample
from tests.helpers.verdicts import read_verdicts


def nbgrader(course, *arguments):
    """Run an nbgrader command in a course folder; on failure, show what it said and stop."""
    run = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=course,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if run.returncode:
        sys.exit(f"nbgrader {' '.join(arguments)} failed:\n{run.stdout[-4000:]}")
    return run.stdout


def ensure_assignment(course):
    """Let nbgrader know the assignment, unless it does already."""
    database = Path(course) / "gradebook.db"
    if database.exists():
        with Gradebook(f"sqlite:///{database}") as gradebook:
            if any(a.name == ASSIGNMENT for a in gradebook.assignments):
                return
    nbgrader(course, "generate_assignment", ASSIGNMENT, "--force")


def main(course=ROOT):
    samples = read_class()
    print(f"grading {len(samples)} sample submissions ...", flush=True)
    ensure_assignment(course)
    for sample in samples:
        write_sample(course, sample)
    for command in ("grade", "feedback"):
        done = subprocess.run(
            [sys.executable, "-m", "autograder", command, ASSIGNMENT, "--student", "sample_*", "--force"], cwd=course
        )
        if done.returncode:
            return done.returncode
    wrong = 0
    print(f"\n{'student':34}" + "".join(f"{name:>21}" for name in EXERCISES), flush=True)
    for sample in samples:
        wrong += show(sample, read_verdicts(course, f"sample_{sample.name}"))
    print(f"\nfeedback: {Path(course) / 'feedback'}/sample_*/{ASSIGNMENT}/*.html")
    print(f"{len(samples) - wrong} of {len(samples)} submissions have the verdict that their file expects")
    return 1 if wrong else 0


def show(sample, verdicts):
    """Print one student's verdicts; return whether one of them is not as expected."""
    line, findings, wrong = f"sample_{sample.name:27}", [], False
    for name in EXERCISES:
        verdict = verdicts[name]
        expected, text = sample.expected[name], "\n".join(f["text"] for f in verdict["findings"][:1])
        same = verdict["score"] == verdict["recorded"] == expected and sample.first.get(name, "") in text
        wrong |= not same
        line += f"{verdict['score']:g} of {verdict['points']:g}".rjust(19) + ("  " if same else " !")
        if verdict["status"] != "right":
            findings.append((name, verdict["status"], text))
        if not same:
            findings.append((name, "EXPECTED", f"{expected:g} points, {sample.first.get(name, 'no finding')}"))
    print(line)
    for name, status, text in findings:
        print(f"    {name} ({status})")
        print("".join(f"        {row}\n" for row in text.splitlines()), end="", flush=True)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
