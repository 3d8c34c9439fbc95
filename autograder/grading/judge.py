"""nbgrader preprocessors that turn hand-ins into scores. They run in nbgrader's own, trusted process.

Every output of a notebook was written by a hostile kernel. The only one that counts is the hand-in of
a grade cell, and it counts as data: it is read with limits, compared with the recorded reference, and
never executed, unpickled or deserialised. This module imports neither TensorFlow nor Keras.
"""

import functools
import html
import json
import os
import re
from pathlib import Path
from typing import NamedTuple

from nbformat import from_dict
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor
from traitlets import Unicode

from ..model.blueprint import HAND_IN, HandInError
from ..model.diagnosis import diagnose, no_verdict
from ..model.drawing import draw_verdict
from ..model.exercise import Exercise, ExerciseError, exercise_name, load_exercise, load_reference
from ..model.hand_in import public_names, read_hand_in
from ..model.text import clean, redact
from .repair import why_unreadable
from .verdict_cache import VerdictMemory, key_of

VERDICT = "application/vnd.residual-networks-kit.verdict+json"
# What ends a question before it hands in: the error's name, the verdict, its text and a hint.
LIMITS = {
    "CellTimeoutError": (
        "timed out",
        "it ran longer than the time limit and was stopped.",
        "Is there a loop that never ends?",
    ),
    "TooMuchOutput": (
        "too much output",
        "it printed more than is read and was stopped.",
        "Is there a print in a loop that never ends?",
    ),
    "TooManyProcesses": ("too many processes", "it started more processes than are allowed and was stopped."),
    "OutOfMemory": ("out of memory", "it needed more memory than there is and was stopped."),
    "MemoryError": ("out of memory", "it needed more memory than there is."),
    "KernelDied": ("crashed", "it ended the kernel that runs it, so nothing could be handed in.", "Does it exit Python?"),
}


class Judge(NbGraderPreprocessor):
    """Write each grade cell's score and diagnosis in place of whatever the kernel put there."""

    source_directory = Unicode(
        "source", help=("Where the assignments with their recorded references lie, relative to the course directory")
    ).tag(config=True)

    verdicts = Unicode(
        ".verdicts.db",
        help=("A file in which verdicts are remembered, so that equal answers are judged once. May be deleted at any time"),
    ).tag(config=True)

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._memory = memory_in(self.verdicts)

    def preprocess(self, nb, resources):
        folder = Path(self.source_directory) / resources["nbgrader"]["assignment"]
        graded = False
        for index, cell in enumerate(nb.cells):
            if cell.cell_type != "code":
                continue
            if utils.is_grade(cell) and not utils.is_solution(cell):
                graded = True
                name = exercise_name(folder, cell.metadata.nbgrader["grade_id"].removeprefix("test_"))
                cell.outputs = self._judge(load(folder, name), nb, index)
            elif graded:  # cells after a grade cell have seen the hidden cases: nothing of theirs is kept
                cell.outputs = []
        return nb, resources

    def _judge(self, loaded, nb, index):
        try:
            return self._judge_once(loaded, nb, index)
        except ExerciseError:
            raise
        except Exception as error:  # ours, not the student's: say so, and let the others be graded
            self.log.exception("The judge failed on %s", loaded.exercise.name)
            return verdict_outputs(
                loaded.exercise,
                no_verdict(
                    loaded.exercise,
                    "grader error",
                    f"the grader itself failed ({type(error).__name__}). "
                    "Your instructor can see why in the log; this is not your mistake.",
                ),
            )

    def _judge_once(self, loaded, nb, index):
        """The outputs of a judged cell. A hand-in is looked up as it came, then by what it means."""
        exercise, reference, content = loaded
        texts = hand_ins(nb.cells[index])
        if why_unreadable(nb) or len(texts) != 1 or not isinstance(texts[0], str):
            return verdict_outputs(exercise, judge_cell(exercise, reference, nb, index))
        hidden = hidden_text(nb.cells[: index + 1])
        as_it_came = key_of(content, hidden, texts[0])
        found = self._memory.get(as_it_came)
        if found is None:
            handed, refused = None, None
            try:
                handed = read_hand_in(exercise, reference, texts[0], hidden)
            except HandInError as error:
                refused = error
            meaning = key_of(content, repr(handed if refused is None else str(refused)))
            found = self._memory.get(meaning)
            if found is None:
                outputs = verdict_outputs(exercise, judge_hand_in(exercise, reference, handed, refused))
                found = json.dumps(outputs)
                self._memory.put(meaning, found)
            self._memory.put(as_it_came, found)
        return [from_dict(output) for output in json.loads(found)]


class Loaded(NamedTuple):
    """An exercise with its hidden reference, and a digest of all that they were read from."""

    exercise: Exercise
    reference: dict
    content: bytes


def load(folder, name):
    """An exercise and its hidden reference, read again only when their files have changed. Raises ExerciseError."""
    paths = [
        folder / "exercises" / f"{name}.toml",
        folder / "exercises" / f"{name}.json",
        folder / "hidden" / f"{name}.json",
    ]
    state = tuple((path.stat().st_mtime_ns, path.stat().st_size) if path.exists() else None for path in paths)
    return _load(os.path.abspath(folder), name, state)


@functools.lru_cache(64)
def _load(folder, name, state):
    loaded = load_exercise(folder, name), load_reference(folder, name, hidden=True)
    content = b"".join(
        Path(folder, part, name + end).read_bytes()
        for part, end in (("exercises", ".toml"), ("exercises", ".json"), ("hidden", ".json"))
    )
    return Loaded(*loaded, key_of(content))


@functools.lru_cache(8)
def memory_in(path):
    return VerdictMemory(path)


class HideTests(ClearHiddenTests):
    """nbgrader's ClearHiddenTests, for feedback: a student's own cells may say what they like."""

    def preprocess_cell(self, cell, resources, cell_index):
        if utils.is_grade(cell):
            self._remove_hidden_test_region(cell)
        return cell, resources


# ------------------------------------------------------------------ from a cell to a verdict


def judge_cell(exercise, reference, nb, index):
    """The Verdict on the grade cell nb.cells[index]."""
    if why_unreadable(nb):
        return no_verdict(exercise, "unreadable", f"the notebook cannot be read: {clean(why_unreadable(nb), 300)}.")
    texts = hand_ins(nb.cells[index])
    if not texts:
        return nothing_handed_in(exercise, nb, index)
    try:
        if len(texts) > 1:
            raise HandInError("there is more than one hand-in")
        handed = read_hand_in(exercise, reference, texts[0], hidden_text(nb.cells[: index + 1]))
    except HandInError as error:
        return judge_hand_in(exercise, reference, None, error)
    return judge_hand_in(exercise, reference, handed, None)


def hand_ins(cell):
    """The hand-ins among a cell's outputs, as the kernel sent them."""
    return [
        output.data[HAND_IN]
        for output in cell.get("outputs", [])
        if output.output_type in ("display_data", "execute_result") and HAND_IN in output.get("data", {})
    ]


def judge_hand_in(exercise, reference, handed, refused):
    """The Verdict on the entries of a hand-in, or on one that was refused with a HandInError."""
    if refused is not None:
        return no_verdict(
            exercise,
            "malformed",
            f"what was handed in cannot be read: {refused}.",
            "Restart the kernel, run all cells, save, and hand in again.",
        )
    if all(is_unwritten(entry) for entry in handed):
        return no_verdict(exercise, "missing", "this exercise is not written yet.")
    return diagnose(exercise, reference, handed)


def is_unwritten(entry):
    """Whether the stub was left as it was handed out: it raises NotImplementedError before anything is built."""
    graph = entry.get("graph")
    built = graph is not None and len(graph.nodes) > 1
    return bool(entry["error"]) and entry["error"]["type"] == "NotImplementedError" and not built


def nothing_handed_in(exercise, nb, index):
    """The verdict where the grade cell handed in nothing: why, as far as the first error above it tells."""
    for cell in [*_cells_since_last_grade(nb, index), nb.cells[index]]:
        errors = [output for output in cell.get("outputs", []) if output.output_type == "error"]
        if not errors:
            continue
        names = [clean(error.get("ename", ""), 80) for error in errors]
        message = redact(clean(errors[0].get("evalue", ""), 300), hidden_text(nb.cells[: index + 1]), public_names(exercise))
        for name, verdict in LIMITS.items():
            if name in names:
                return no_verdict(exercise, *verdict)
        if "NotImplementedError" in names:
            return no_verdict(exercise, "missing", "this exercise is not written yet.")
        return no_verdict(
            exercise,
            "crashed",
            f"nothing was handed in, because a cell stopped with {names[0]}: {message}",
            "Run all cells from the top: the first error is the one to mend.",
        )
    return no_verdict(
        exercise,
        "missing",
        "nothing was handed in by the test cell.",
        "Restart the kernel and run all cells: does every cell above finish without an error?",
    )


def _cells_since_last_grade(nb, index):
    """The code cells between the grade cell before this one and this one."""
    start = max((i + 1 for i in range(index) if utils.is_grade(nb.cells[i])), default=0)
    return [cell for cell in nb.cells[start:index] if cell.cell_type == "code"]


def hidden_text(cells):
    """What stands between nbgrader's delimiters of hidden tests in some cells, on one line as messages are."""
    parts = [
        part
        for cell in cells
        if utils.is_grade(cell)
        for part in re.findall(r"### BEGIN HIDDEN TESTS(.*?)### END HIDDEN TESTS", cell.source, re.S)
    ]
    return clean(" ".join(parts), 20_000)


# ------------------------------------------------------------------ from a verdict to outputs


def verdict_outputs(exercise, verdict):
    """The outputs of a judged grade cell: its score, as nbgrader reads it, with the diagnosis; and a drawing of it."""
    data = {
        "text/plain": f"{verdict.score:g}",
        "text/html": verdict_html(exercise, verdict),
        VERDICT: verdict_data(exercise, verdict),
    }
    return [
        new_output("execute_result", data, execution_count=1),
        new_output("display_data", {"image/svg+xml": draw_verdict(exercise, verdict), "text/plain": "(a drawing)"}),
    ]


def verdict_data(exercise, verdict):
    """The verdict as plain data, for reports."""
    return {
        "exercise": exercise.name,
        "status": verdict.status,
        "score": verdict.score,
        "points": verdict.points,
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


def verdicts_in(cells):
    """Pairs of an autograded notebook's cell and the verdict, as plain data, that stands in it."""
    for cell in cells:
        for output in cell.get("outputs", []):
            if VERDICT in output.get("data", {}):
                yield cell, output["data"][VERDICT]


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
    parts += [f"<div>Note: {e(note)}</div>" for note in verdict.notes]
    return "".join(parts)
