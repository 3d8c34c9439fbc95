"""From a hand-in to the outputs of a judged cell, as plain data. Runs in the helper process (see helper.py).

A hand-in is read with limits, compared with the recorded reference, and never executed, unpickled or deserialised.
"""

import functools
import html
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ..model.blueprint import HandInError
from ..model.diagnosis import diagnose
from ..model.drawing import draw_verdict
from ..model.exercise import Exercise, exercise_name, load_exercise, load_reference
from ..model.hand_in import read_hand_in
from ..model.verdict import State, Status, no_verdict
from .helper import OWN_LIMIT
from .verdict_cache import VerdictMemory, key_of

VERDICT = "application/vnd.residual-networks-kit.verdict+json"


class Loaded(NamedTuple):
    """An exercise with its hidden reference, and a digest of all that they were read from."""

    exercise: Exercise
    reference: dict
    content: bytes


def load_for(folder, cell):
    """The exercise of a grade cell in an assignment's source folder, with its hidden reference. Raises ExerciseError."""
    return load(folder, exercise_name(folder, key_for(cell)))


def key_for(cell):
    """What a grade cell's name says about whose it is: that of a solution cell, and of an exercise if it has one."""
    return cell.metadata.nbgrader["grade_id"].removeprefix("test_")


def has_exercise(folder, cell):
    """Whether a grade cell belongs to an exercise of the kit's. Any other is an ordinary one, which nbgrader grades by
    what it displays."""
    return key_for(cell).lower() in {path.stem.lower() for path in Path(folder, "exercises").glob("*.toml")}


def load(folder, name):
    """An exercise and its hidden reference, read again only when their files have changed. Raises ExerciseError."""
    state = tuple((path.stat().st_mtime_ns, path.stat().st_size) if path.exists() else None for path in _files(folder, name))
    return _load(os.path.abspath(folder), name, state)


@functools.lru_cache(64)
def _load(folder, name, state):
    loaded = load_exercise(folder, name), load_reference(folder, name, hidden=True)
    return Loaded(*loaded, key_of(b"".join(path.read_bytes() for path in _files(folder, name))))


def _files(folder, name):
    return [Path(folder, part) for part in (f"exercises/{name}.toml", f"exercises/{name}.json", f"hidden/{name}.json")]


@functools.lru_cache(8)
def memory_in(path):
    """The VerdictMemory in this file, opened once."""
    return VerdictMemory(path)


# ------------------------------------------------------------------ from a hand-in to a verdict


def judged(folder, name, text, hidden, verdicts):
    """The outputs of the grade cell of an exercise for the text that was handed in, as JSON. Looks it up by what it means.

    folder: of the assignment. hidden: see read_hand_in. verdicts: path of the file that remembers verdicts.
    """
    exercise, reference, content = load(folder, name)
    memory, handed, refused = memory_in(verdicts), None, None
    try:
        handed = read_hand_in(exercise, reference, text, hidden)
    except HandInError as error:
        refused = error
    meaning = key_of(content, repr(handed if refused is None else str(refused)))
    found = memory.get(meaning)
    if found is None:
        found = json.dumps(verdict_outputs(exercise, judge_hand_in(exercise, reference, handed, refused)))
        memory.put(meaning, found)
    return found


def judge_hand_in(exercise, reference, handed, refused):
    """The Verdict on the entries of a hand-in, or on one that was refused with a HandInError."""
    if refused is not None:
        return no_verdict(
            exercise,
            Status.MALFORMED,
            f"what was handed in cannot be read: {refused}.",
            "Restart the kernel, run all cells, save, and hand in again.",
        )
    if all(is_unwritten(entry) for entry in handed):
        return not_written(exercise)
    return diagnose(exercise, reference, handed)


def not_written(exercise):
    """The Verdict on a stub that was left as it is."""
    return no_verdict(exercise, Status.MISSING, "this exercise is not written yet.")


def not_run(exercise):
    """The Verdict where the notebook was not run (`--no-execute`): all points are held."""
    verdict = no_verdict(exercise, Status.NOT_RUN, "the notebook was not run, so that nothing was handed in.")
    return _all_held(verdict)


def _all_held(verdict):
    return replace(verdict, states=dict.fromkeys(verdict.states, State.NOT_JUDGED), held=verdict.points)


def is_unwritten(entry):
    """Whether the stub was left as it was handed out: it raises NotImplementedError before anything is built."""
    graph = entry.get("graph")
    built = graph is not None and len(graph.nodes) > 1
    return bool(entry["error"]) and entry["error"]["type"] == "NotImplementedError" and not built


def grader_fault(exercise, reason):
    """The verdict where the grader could not read or judge, through no fault of the student's: all points are held.

    reason: a clause that begins with OWN_LIMIT or OWN_FAILURE."""
    says = f"{reason}. Your instructor can see why in the log; this is not your mistake."
    return _all_held(
        no_verdict(exercise, Status.GRADER_LIMIT if reason.startswith(OWN_LIMIT) else Status.GRADER_ERROR, says)
    )


# ------------------------------------------------------------------ from a verdict to outputs


def verdict_outputs(exercise, verdict):
    """The outputs of a judged grade cell, as nbformat 4 has them: its score, as nbgrader reads it, with the diagnosis; and
    a drawing of it."""
    data = {
        "text/plain": f"{verdict.score:g}",
        "text/html": verdict_html(exercise, verdict),
        VERDICT: verdict_data(exercise, verdict),
    }
    drawing = {"image/svg+xml": draw_verdict(exercise, verdict), "text/plain": "(a drawing)"}
    return [
        {"output_type": "execute_result", "metadata": {}, "execution_count": 1, "data": data},
        {"output_type": "display_data", "metadata": {}, "data": drawing},
    ]


def held_note(held, status):
    """What is said where points are held."""
    why = {Status.NOT_JUDGED: "the machine cannot judge this operation", Status.NOT_RUN: "the notebook was not run"}.get(
        status, "the grader could not judge this"
    )
    return f"{held:g} {'point' if held == 1 else 'points'} held for the instructor: {why}"


def verdict_data(exercise, verdict):
    """The verdict as plain data, for reports."""
    return {
        "exercise": exercise.name,
        "status": verdict.status,
        "score": verdict.score,
        "points": verdict.points,
        "held": verdict.held,
        "steps": [
            {
                "id": s.id,
                "name": s.full_name,
                "earned": verdict.earned[s.id],
                "points": s.points,
                "state": verdict.states[s.id],
            }
            for s in exercise.steps
        ],
        "findings": [{"codes": f.codes, "steps": f.steps, "name": f.name, "text": f.text()} for f in verdict.findings],
        "notes": verdict.notes,
    }


def verdict_html(exercise, verdict):
    """The verdict as a page shows it, with no other tags than nbconvert's `sanitize_html` leaves in place:
    not those of tables, above all."""
    e = html.escape
    parts = [
        f"<div><strong>{e(exercise.title)}: {verdict.score:g} of {verdict.points:g} points "
        f"({e(verdict.status)})</strong></div>"
    ]
    for finding in verdict.findings:
        parts.append(f'<pre style="white-space:pre-wrap">{e(finding.text())}</pre>')
    width = max(len(step.full_name) for step in exercise.steps)
    parts.append(
        "<pre>"
        + "\n".join(
            f"{e(step.full_name.ljust(width))}  {f'{verdict.earned[step.id]:g} of {step.points:g}':>12}  "
            f"{verdict.states[step.id]}"
            for step in exercise.steps
        )
        + "</pre>"
    )
    if verdict.held:
        parts.append(f"<div><strong>{e(held_note(verdict.held, verdict.status))}.</strong></div>")
    parts += [f"<div>Note: {e(note)}</div>" for note in verdict.notes]
    return "".join(parts)
