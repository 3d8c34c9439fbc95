"""nbgrader preprocessors that turn hand-ins into scores. They run in nbgrader's own, trusted process.

Every output of a notebook was written by a hostile kernel. The only one that counts is the hand-in of a grade cell, and
it counts as data: the helper process reads and judges it (see judging.py). This module imports neither TensorFlow nor
Keras.
"""

import json
import os
import re

from nbformat import from_dict
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor
from traitlets import Unicode

from ..model.blueprint import HAND_IN, HandInError
from ..model.hand_in import public_names
from ..model.text import clean, hide, redact
from ..model.verdict import Status, no_verdict
from .execute import RUN
from .helper import OWN_FAILURE, OWN_LIMIT, Helper, NoAnswer
from .judging import (
    VERDICT,
    grader_fault,
    has_exercise,
    held_note,
    judge_hand_in,
    judged,
    load_for,
    memory_in,
    not_run,
    not_written,
    verdict_data,
    verdict_html,
    verdict_outputs,
)
from .repair import why_unreadable
from .source import source_folder
from .verdict_cache import key_of

__all__ = [
    "HAND_IN",
    "VERDICT",
    "HideTests",
    "HoldPoints",
    "Judge",
    "judge_hand_in",
    "verdict_data",
    "verdict_html",
    "verdict_outputs",
    "verdicts_in",
]

SCORE = re.compile(r"\d{1,6}(\.\d{0,6})?")  # partial credit

# What ends a question before it hands in: the error's name, the verdict, its text and a hint. The first one counts.
LIMITS = {
    "TooMuchOutput": (
        Status.TOO_MUCH_OUTPUT,
        "it printed more than is read and was stopped.",
        "Is there a print in a loop that never ends?",
    ),
    "TooManyProcesses": (Status.TOO_MANY_PROCESSES, "it started more processes than are allowed and was stopped."),
    "TooManyFiles": (
        Status.TOO_MANY_FILES,
        "it left more files open than are allowed and was stopped.",
        "Is there a file that is opened in a loop and never closed?",
    ),
    "OutOfMemory": (Status.OUT_OF_MEMORY, "it needed more memory than there is and was stopped."),
    "MemoryError": (Status.OUT_OF_MEMORY, "it needed more memory than there is."),
    "CellTimeoutError": (
        Status.TIMED_OUT,
        "it ran longer than the time limit and was stopped.",
        "Is there a loop that never ends?",
    ),
    "KernelDied": (
        Status.CRASHED,
        "it ended the kernel that runs it, so nothing could be handed in.",
        "Does it exit Python?",
    ),
}


class Judge(NbGraderPreprocessor):
    """Write each exercise's score and diagnosis in place of whatever the kernel put into its grade cell. The outputs of
    other grade cells stay: nbgrader scores those by what the kernel displays."""

    verdicts = Unicode(
        ".verdicts.db",
        help=("A file in which verdicts are remembered, so that equal answers are judged once. May be deleted at any time"),
    ).tag(config=True)

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._memory, self._helper = memory_in(self.verdicts), Helper(parent=self)

    def preprocess(self, nb, resources):
        """Judge all grade cells of a notebook that was run."""
        folder = source_folder(self.config, resources["nbgrader"]["assignment"])
        graded, self._whose = False, resources["nbgrader"].get("student", "")
        run = resources.get(RUN)  # not with --no-execute: then the outputs are whatever the student's file holds
        for index, cell in enumerate(nb.cells):
            if cell.cell_type != "code":
                continue
            if not run:  # a verdict in the student's file is none of ours
                cell.outputs = [output for output in cell.outputs if VERDICT not in (output.get("data") or {})]
            if not utils.is_grade(cell) or utils.is_solution(cell):
                if graded and run:  # cells after a judged cell have seen the hidden cases: nothing of theirs is kept
                    cell.outputs = []
            elif has_exercise(folder, cell):
                graded = True
                loaded = load_for(folder, cell)
                if run:
                    outputs = self._judge(folder, loaded, nb, index)
                else:
                    outputs = verdict_outputs(loaded.exercise, not_run(loaded.exercise))
                cell.outputs = [from_dict(output) for output in outputs]
            elif graded:
                cell.outputs = bare_score(cell.outputs, hidden_text(nb.cells[:index]))
        return nb, resources

    def _judge(self, folder, loaded, nb, index):
        """The outputs of a judged cell. A hand-in is looked up as it came; the helper looks it up by what it means."""
        exercise, texts = loaded.exercise, hand_ins(nb.cells[index])
        if why_unreadable(nb) or len(texts) != 1 or not isinstance(texts[0], str):
            return verdict_outputs(exercise, without_hand_in(exercise, nb, index, texts))
        hidden = hidden_text(nb.cells[: index + 1])
        key = key_of(loaded.content, hidden, texts[0])
        found = self._memory.get(key)
        if found is None:
            try:
                found = self._helper.call(
                    judged, os.path.abspath(folder), exercise.name, texts[0], hidden, os.path.abspath(self.verdicts)
                )
            except NoAnswer as error:
                self.log.error("%s of %s was not judged: %s", exercise.name, self._whose, error.details)
                return verdict_outputs(exercise, grader_fault(exercise, str(error)))
            self._memory.put(key, found)
        return json.loads(found)


def bare_score(outputs, hidden):
    """What is kept of an ordinary grade cell that comes after a judged one: what nbgrader scores it by, and of errors a
    message without what it repeats of the hidden tests."""
    kept = []
    for output in outputs:
        if output.output_type == "error":
            message = redact(clean(output.get("evalue", ""), 300), hidden)
            kept.append(new_output("error", ename=output.get("ename", ""), evalue=message, traceback=[message]))
        elif output.output_type == "stream" and output.name == "stderr":
            kept.append(new_output("stream", name="stderr", text="(it wrote to stderr)"))
        elif output.output_type == "execute_result":
            text = str(output.get("data", {}).get("text/plain", ""))
            data = {"text/plain": text if SCORE.fullmatch(text) else "(not shown)"}
            kept.append(new_output("execute_result", data=data))
    return kept


class HoldPoints(NbGraderPreprocessor):
    """Mark grades of which points are held as ones that need a person's grade. Stands behind SaveAutoGrades, which says of
    each grade that has a score that it needs none."""

    def preprocess(self, nb, resources):
        """Tell the gradebook which grade cells wait for a person."""
        names = resources["nbgrader"]
        held = [(cell, data) for cell, data in verdicts_in(nb.cells) if data.get("held") and utils.is_grade(cell)]
        if not held:
            return nb, resources
        with Gradebook(names["db_url"]) as gradebook:
            for cell, data in held:
                grade = gradebook.find_grade(
                    cell.metadata.nbgrader["grade_id"], names["notebook"], names["assignment"], names["student"]
                )
                grade.needs_manual_grade = True
                self.log.warning("%s of %s: %s", data["exercise"], names["student"], held_note(data["held"], data["status"]))
            gradebook.db.commit()
        return nb, resources


class HideTests(ClearHiddenTests):
    """nbgrader's ClearHiddenTests, for feedback: a student's own cells may say what they like."""

    def preprocess_cell(self, cell, resources, cell_index):
        """Remove the hidden tests of a grade cell, and the lines of them that an error shows."""
        if utils.is_grade(cell):
            hidden = hidden_text([cell])
            self._remove_hidden_test_region(cell)
            for output in cell.get("outputs", []) if hidden else []:
                if output.output_type == "error":
                    output.evalue = hide(clean(output.evalue, 300), hidden)
                    output.traceback = [f"{output.ename}: {output.evalue}"]
        return cell, resources


# ------------------------------------------------------------------ from a cell to a verdict


def without_hand_in(exercise, nb, index, texts):
    """The Verdict on the grade cell nb.cells[index], which has not handed in one text. texts: its hand-ins."""
    reason = why_unreadable(nb)
    if reason and reason.startswith((OWN_LIMIT, OWN_FAILURE)):
        return grader_fault(exercise, clean(reason, 300))
    if reason:
        return no_verdict(exercise, Status.UNREADABLE, f"the notebook cannot be read: {clean(reason, 300)}.")
    if not texts:
        return nothing_handed_in(exercise, nb, index)
    refused = "there is more than one hand-in" if len(texts) > 1 else "it is not a text of a sensible size"
    return judge_hand_in(exercise, None, None, HandInError(refused))


def hand_ins(cell):
    """The hand-ins among a cell's outputs, as the kernel sent them."""
    return [
        output.data[HAND_IN]
        for output in cell.get("outputs", [])
        if output.output_type in ("display_data", "execute_result") and HAND_IN in output.get("data", {})
    ]


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
            return not_written(exercise)
        return no_verdict(
            exercise,
            Status.CRASHED,
            f"nothing was handed in, because a cell stopped with {names[0]}: {message}",
            "Run all cells from the top: the first error is the one to mend.",
        )
    return no_verdict(
        exercise,
        Status.MISSING,
        "nothing was handed in by the test cell.",
        "Restart the kernel and run all cells: does every cell above finish without an error?",
    )


def _cells_since_last_grade(nb, index):
    """The code cells between the grade cell before this one and this one."""
    start = max((i + 1 for i in range(index) if utils.is_grade(nb.cells[i])), default=0)
    return [cell for cell in nb.cells[start:index] if cell.cell_type == "code"]


def hidden_text(cells):
    """What stands between nbgrader's delimiters of hidden tests in some cells, on one line as messages are."""
    parts = []
    for cell in cells:
        if utils.is_grade(cell):
            for part in cell.source.split("### BEGIN HIDDEN TESTS")[1:]:
                inside, end, _ = part.partition("### END HIDDEN TESTS")
                parts += [inside] if end else []
    return clean(" ".join(parts), 20_000)


# ------------------------------------------------------------------ in an autograded notebook


def verdicts_in(cells):
    """Pairs of an autograded notebook's cell and the verdict, as plain data, that stands in it."""
    for cell in cells:
        for output in cell.get("outputs", []):
            if VERDICT in output.get("data", {}):
                yield cell, output["data"][VERDICT]
