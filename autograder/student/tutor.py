"""What `check` shows to a student: a table, a drawing and the first difference; and hints, one after another.

Nothing here is shown by colour alone, and all of it is there as plain text, too.
"""

import base64
import html
import linecache
import os
import re
from collections import namedtuple
from inspect import unwrap
from pathlib import Path

from IPython import get_ipython
from IPython.display import display

from ..model.beside import Part, draw_beside, part_of
from ..model.compare import DifferenceKind
from ..model.drawing import STATES, draw_verdict
from ..model.errors import error_words
from ..model.exercise import ExerciseError
from ..model.hints import hints_for
from ..model.own import difference, of_the_whole, shown_with, unwritten
from ..model.verdict import State, Status
from .environment import assignment_folder

FOLDED = 16  # rows from which on a table is folded by stage
FIRST = "▶ first difference"
# called, made: (file, line) of the student's, where the layer is called, and where it is made with its settings
Row = namedtuple("Row", "step node shape found_shape values found_values called made")


class Rows(list):
    """The table's rows; and the network that the code builds, an Own, for the drawing; `of` says which call both show."""

    own, of = None, ""


# Differences of a step that is there: its line is the place to look at. For others no line is known.
AT_THE_STEP = (DifferenceKind.SETTING, DifferenceKind.INPUT, DifferenceKind.ORDER)

_last = {}  # exercise: [its Exercise, the last Verdict, hints given since]


# ------------------------------------------------------------------ what check shows


def show(exercise, verdict, rows, function=None):
    """Display a verdict with its table, whose `rows` are Rows."""
    before = _last.get(exercise.name)
    same = (
        before
        and verdict.findings[:1]
        and before[1].findings[:1]
        and (before[1].findings[0].codes == verdict.findings[0].codes)
    )
    _last[exercise.name] = [exercise, verdict, before[2] if same else 0]
    lines = student_lines(verdict, function, rows)
    display(
        {"text/html": as_html(exercise, verdict, rows, lines), "text/plain": as_text(exercise, verdict, rows, lines)},
        raw=True,
    )


def not_written(verdict):
    """Whether the next thing to do is to write what the template leaves open."""
    return bool(verdict.findings) and unwritten(verdict.findings[0])


def headline(exercise, verdict):
    """The first line: the exercise, and whether all is right."""
    if verdict.status is Status.RIGHT:
        return f"✓ {exercise.title}: all steps are right."
    if not_written(verdict) and State.RIGHT not in verdict.states.values():
        return f"{exercise.title}: not written yet."
    right = sum(state is State.RIGHT for state in verdict.states.values())
    return f"{exercise.title}: {right} of {len(verdict.states)} steps are right so far."


def student_lines(verdict, function, rows=()):
    """The student's lines around the one that the first finding speaks of, the latter marked; none where it is not known."""
    finding = verdict.findings[0] if verdict.findings else None
    if finding is None or not_written(verdict):
        return []
    if finding.error:
        code = getattr(unwrap(function), "__code__", None) if function else None
        if not finding.error.get("line") or code is None:  # it is in a helper
            return [f"-->      {finding.error['code'][:120]}"] if finding.error.get("code") else []
        file, at = code.co_filename, code.co_firstlineno + finding.error["line"] - 1
    else:
        kind = finding.codes[0].split(":")[0]
        of_the_step = [row for row in rows if row.step.id == finding.steps[0]]
        differing = [row for row in of_the_step if rows.own and rows.own.differs(row.node, finding.codes[0])]
        by_call = kind != DifferenceKind.SETTING or finding.codes[0].endswith(".training")
        place = next((row.called if by_call else row.made for row in differing or of_the_step), None)
        if kind not in AT_THE_STEP or place is None:
            return []
        file, at = place
    shown = [(number, linecache.getline(file, number).rstrip()) for number in range(at - 2, at + 3)]
    return [f"{'-->' if number == at else '   '} {number:3}  {line[:120]}" for number, line in shown if line]


def finding_lines(verdict, code=()):
    """Label and words of the first finding; the line that an error comes from, unless `code` shows it."""
    finding = verdict.findings[0]
    if not_written(verdict):
        return [("The next step", finding.where), ("The task", finding.asked)] if finding.asked else []
    found = error_words(finding.error, with_line=False) if finding.error and code else finding.found
    rows = [("First difference", finding.where), ("The task", finding.asked), ("Your code", found)]
    if finding.name:
        rows.insert(1, ("Known mistake", finding.name))
    return [(label, words) for label, words in rows if words]


def _ending(exercise, verdict):
    if verdict.status is Status.RIGHT:
        return "Well done. Can you say in one sentence what each step is for?"
    return f'Stuck? hint("{exercise.name}") helps, a little more each time.'


def as_text(exercise, verdict, rows, code=()):
    """The verdict as text."""
    lines = [headline(exercise, verdict)]
    if (rows and verdict.status is not Status.RIGHT) or 0 < len(rows) < FOLDED:
        table = _table(verdict, rows, rows.own)
        widths = [max(len(row[k]) for row in table) for k in range(len(table[0]))]
        lines += ["", *("  ".join(cell.ljust(w) for cell, w in zip(row, widths)).rstrip() for row in table)]
    if verdict.findings:
        found = finding_lines(verdict, code)
        lines += ["", *(f"{label + ':':18}{words}" for label, words in found), *([""] if code else []), *code]
    lines += ["", _ending(exercise, verdict)]
    return "\n".join(lines + [f"Note: {note}" for note in verdict.notes])


def as_html(exercise, verdict, rows, code=()):
    """The verdict as HTML, with the drawing."""
    e = html.escape
    parts = [f'<div style="max-width:1000px"><p><strong>{e(headline(exercise, verdict))}</strong></p>']
    if verdict.findings:
        parts += [
            f'<div style="margin-bottom:.3em"><strong>{e(label)}:</strong> {e(words)}</div>'
            for label, words in finding_lines(verdict, code)
        ]
        if code:
            parts.append(
                '<pre style="border-left:3px solid currentColor;padding-left:.6em">' + e("\n".join(code)) + "</pre>"
            )
    parts += _drawings_and_tables(exercise, verdict, rows)
    parts += [f"<p>Note: {e(note)}</p>" for note in verdict.notes]
    return "".join([*parts, f"<p>{e(_ending(exercise, verdict))}</p></div>"])


def draw(exercise, verdict, rows):
    """The Parts of an answer's drawing: beside the task, where the answer has a network of its own; else the steps alone."""
    own = getattr(rows, "own", None)
    return draw_beside(exercise, verdict, own) if own else [Part("", draw_verdict(exercise, verdict), True)]


def _drawings_and_tables(exercise, verdict, rows):
    """Drawing and table in HTML; those of a network in stages unfold by stage, the first difference is unfolded."""
    parts = draw(exercise, verdict, rows)
    alt = f"The steps of the task, and those of your code beside them. {difference(verdict)}"
    if len(parts) == 1:
        yield _image(parts[0].svg, alt)
        if rows:
            yield _html_table(_table(verdict, rows, rows.own), f"{exercise.title}, step by step{rows.of}")
        return
    for part in parts:
        group = [row for row in rows if part_of(exercise, row.step) == part.name]
        steps = {row.step.id for row in group}
        wrong = sum(verdict.states[step] is not State.RIGHT for step in steps)
        if verdict.findings and of_the_whole(verdict.findings[0]) and all(row.found_shape for row in group):
            wrong = 0  # they are there
        elif part.first:  # zero padding has no row of its own
            wrong = max(wrong, 1)
        count = f"{len(steps)} step{'s' * (len(steps) != 1)}"
        says = f"{part.name}: {count}, " + (f"{wrong} not right yet" if wrong else "✓ all right")
        yield (
            f"<details{' open' if part.first else ''}><summary>{html.escape(says)}</summary>"
            f"{_image(part.svg, alt if part.first else says)}"
            f"{_html_table(_table(verdict, group, rows.own), says + rows.of)}</details>"
        )


def _image(svg, alt):
    data = base64.b64encode(svg.encode()).decode()
    return f'<img alt="{html.escape(alt)}" src="data:image/svg+xml;base64,{data}" style="max-width:100%">'


def _html_table(table, caption):
    head, *body = ([html.escape(cell) for cell in row] for row in table)
    left, whole = 'style="text-align:left"', 'style="text-align:left;white-space:nowrap"'
    rows = "".join(
        f"<tr{' style=font-weight:bold' if row[0] == FIRST else ''}>"
        + "".join(
            f'<th scope="row" {left}>{cell}</th>' if k == 1 else f"<td {whole}>{cell}</td>" for k, cell in enumerate(row)
        )
        + "</tr>"
        for row in body
    )
    return (
        f"<table><caption {left}>{html.escape(caption)}</caption><thead><tr>"
        + "".join(f'<th scope="col" {left}>{cell}</th>' for cell in head)
        + f"</tr></thead><tbody>{rows}</tbody></table>"
    )


def _table(verdict, rows, own):
    """The table as lists of texts: a header and a row for each operation; the first difference is marked."""
    with_values = any(row.values is not None for row in rows)
    lines = [["", "step", "shape expected", "found"] + ["values expected", "found"] * with_values]
    finding = verdict.findings[0] if verdict.findings else None
    whole = finding is not None and of_the_whole(finding)
    marked = None if finding is None or whole else _first_row(finding, rows, own)
    mark = "▶ next step" if not_written(verdict) else FIRST
    for row in rows:
        state = mark if row is marked else STATES[verdict.states[row.step.id]]
        if whole and row.found_shape is not None and state != STATES[State.RIGHT]:
            state = "✓ there"
        if marked and row is not marked and row.step is marked.step and not _differs(finding, row, own):
            state = "✓ there"  # of several of its kind, another one differs
        lines.append(
            [state, row.step.full_name, _shape(row.shape), _shape(row.found_shape)]
            + [_numbers(row.values), _numbers(row.found_values)] * with_values
        )
    return lines


def _first_row(finding, rows, own):
    """The row of the first difference: several rows may be of one step, as the identity blocks of a stage are."""
    step = shown_with(own.reference, finding.steps[0]) if own else finding.steps[0]
    of_the_step = [row for row in rows if row.step.id == step]
    if finding.codes[0].startswith(DifferenceKind.EXTRA):
        return of_the_step[-1] if of_the_step else None
    return next((row for row in of_the_step if _differs(finding, row, own)), next(iter(of_the_step), None))


def _differs(finding, row, own):
    """Whether this operation of a step is one that a finding speaks of."""
    code = finding.codes[0]
    if row.found_shape is None or code.startswith(DifferenceKind.MISSING):
        return row.found_shape is None
    return code.startswith(DifferenceKind.SETTING) and own is not None and own.differs(row.node, code)


def _shape(shape):
    return "-" if shape is None else "x".join(str(s) for s in shape[1:])


def _numbers(values):
    return "" if values is None else " ".join(f"{v:.4g}" for v in values)


# ------------------------------------------------------------------ hints


def hint(name):
    """Show the next hint on what `check` found last in an exercise.

    name: the exercise's name, or its function. The first hint asks a question, the next ones say more; none is code.
    """
    name = getattr(name, "__name__", name)
    if name not in _last:
        print(f"Run check({name}) first: the hints are about what it finds.")
        return
    exercise, verdict, given = _last[name]
    if verdict.status is Status.RIGHT:
        print(f"{exercise.title} is right. It needs no hint.")
        return
    hints = hints_for(exercise, verdict)
    _last[name][2] = min(given + 1, len(hints) - 1)
    print(f"Hint {given + 1} of {len(hints)}: {hints[given]}")


# ------------------------------------------------------------------ starting again


def reset(name, folder=None):
    """Bring back an exercise as it was handed out: run `reset("identity_block")` in the exercise's own cell.

    The cell's content becomes the stub again. Raises ExerciseError where there is no such exercise.
    """
    name, folder = getattr(name, "__name__", name), assignment_folder(folder)
    path = Path(folder) / "exercises" / f"{name}.stub.py"
    if not re.fullmatch(r"\w+", name) or not path.exists():
        known = sorted(p.name[:-8] for p in Path(folder, "exercises").glob("*.stub.py"))
        raise ExerciseError(f"There is no exercise called {name!r}. The exercises here are: {', '.join(known)}.")
    stub = path.read_text(encoding="utf-8").rstrip()
    if get_ipython() is None or os.environ.get("NBGRADER_EXECUTION"):
        print(stub)
        return
    get_ipython().set_next_input(stub, replace=True)
    print("The cell holds the exercise as it was handed out. Your own version is one Undo (Ctrl+Z) away.")
