"""What a student sees for each mistake that the grader knows by name: `python -m tools.mistakes` writes docs/mistakes.md.

The answers are those of tests/cases; pictures and words are the ones that `check` and `hint` show.
"""

import html
import sys

from autograder.student.checks import judge_public_cases
from autograder.student.tutor import draw, finding_lines, headline, hints_for
from tests.helpers.answers import exercise_of, folder_of, namespace, read_case
from tests.helpers.submissions import ALL_EXERCISES, ROOT

PAGE = ROOT / "docs" / "mistakes.md"


def shown(name):
    """{mistake: (case's path, its Verdict on the public cases, rows)} of an exercise; the first finding is the mistake."""
    exercise, found = exercise_of(name), {}
    wanted = {mistake.name for mistake in exercise.mistakes}
    for path in sorted((ROOT / "tests" / "cases" / name).glob("*.py")):
        header, source = read_case(path)
        if header.get("mistake") not in wanted - set(found):
            continue
        names = namespace(folder=folder_of(name))
        exec(compile(source, str(path), "exec"), names)
        verdict, rows = judge_public_cases(exercise, names[name], folder_of(name))
        if verdict.findings and verdict.findings[0].name == header["mistake"]:
            found[header["mistake"]] = path, verdict, rows
    return found


def page():
    """{path: text} of the page and its pictures."""
    lines = [
        "# What students see",
        "",
        "For every mistake that the grader knows by name: the drawing and the words of `check`, and the hints, which come "
        "one after another when they are asked for. Written by `python -m tools.mistakes`, from answers in `tests/cases`.",
        "",
    ]
    files = {}
    for name in ALL_EXERCISES:
        exercise, found = exercise_of(name), shown(name)
        lines += [f"## {exercise.title}", ""]
        for mistake in dict.fromkeys(mistake.name for mistake in exercise.mistakes):
            path, verdict, rows = found[mistake]
            picture = f"mistakes/{name}__{mistake.replace(' ', '_')}.svg"
            parts = draw(exercise, verdict, rows)
            files[PAGE.parent / picture] = next((part.svg for part in parts if part.first), parts[0].svg)
            words = [f"- **{label}:** {html.escape(text, quote=False)}" for label, text in finding_lines(verdict)]
            hints = [f"  {k}. {html.escape(text, quote=False)}" for k, text in enumerate(hints_for(exercise, verdict), 1)]
            lines += [
                f"### {exercise.title}: {mistake}",
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
