"""What a student sees for each mistake that the grader knows by name: `python -m tools.mistakes` writes docs/mistakes.md.

The answers are those of tests/cases; pictures and words are the ones that `check` and `hint` show.
"""

import html
import sys

from autograder.model.hints import hints_for
from autograder.student.tutor import draw, finding_lines, headline
from tests.helpers.answers import exercise_of, judged_at_home, read_case
from tests.helpers.submissions import ALL_EXERCISES, ROOT

PAGE = ROOT / "docs" / "mistakes.md"
NEWCOMER = "newcomer__"  # how the files of such slips begin


def judged(name, path):
    """The Verdict on an answer for the public cases, and the rows of its table."""
    return judged_at_home(name, read_case(path)[1], path.name)[1:]


def shown(name):
    """{title: (case's path, its Verdict on the public cases, rows)} of an exercise: each named mistake, where the first
    finding is that mistake; and each slip of newcomers."""
    wanted, found = {mistake.name for mistake in exercise_of(name).mistakes}, {}
    for path in sorted((ROOT / "tests" / "cases" / name).glob("*.py")):
        title = read_case(path)[0].get("mistake")
        if path.name.startswith(NEWCOMER):
            found[path.stem.removeprefix(NEWCOMER).replace("_", " ")] = path, *judged(name, path)
        elif title in wanted - set(found):
            verdict, rows = judged(name, path)
            if verdict.findings and verdict.findings[0].name == title:
                found[title] = path, verdict, rows
    return found


def page():
    """{path: text} of the page and its pictures."""
    lines = [
        "# What students see",
        "",
        "The drawing and the words of `check`, and the hints, which come one after another when they are asked for: for "
        "every mistake that the grader knows by name, and then for slips that newcomers to Keras often make. Written by "
        "`python -m tools.mistakes`, from answers in `tests/cases`. Of ResNet-50, the stage with the first difference is "
        "shown.",
        "",
    ]
    files = {}
    for name in ALL_EXERCISES:
        exercise, found = exercise_of(name), shown(name)
        lines += [f"## {exercise.title}", ""]
        for title in dict.fromkeys([mistake.name for mistake in exercise.mistakes] + list(found)):
            path, verdict, rows = found[title]
            picture = f"mistakes/{name}__{title.replace(' ', '_')}.svg"
            parts = draw(exercise, verdict, rows)
            files[PAGE.parent / picture] = next((part.svg for part in parts if part.first), parts[0].svg)
            words = [f"- **{label}:** {html.escape(text, quote=False)}" for label, text in finding_lines(verdict)]
            hints = [f"  {k}. {html.escape(text, quote=False)}" for k, text in enumerate(hints_for(exercise, verdict), 1)]
            lines += [
                f"### {exercise.title}: {title}",
                "",
                f"![{headline(exercise, verdict)}]({picture})",
                "",
                *words,
                "- **Hints:**",
                "",
                *hints,
                "",
                f"Answer: `tests/cases/{name}/{path.name}`",
                "",
            ]
    files[PAGE] = "\n".join(lines)
    return files


def main():
    files = page()
    (PAGE.parent / "mistakes").mkdir(exist_ok=True)
    for path in (PAGE.parent / "mistakes").glob("*.svg"):
        path.unlink()
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    print(f"wrote {PAGE} and {len(files) - 1} pictures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
