"""Is the line that `check` marks one that the mistake touched?"""

import collections
import dataclasses
import difflib
import random
import re

from . import wrong
from .answers import Answer
from .networks import NETWORKS, network
from .sampling import drawn


def first_order(rng, most):
    """For each graph exercise up to `most` answers with one mistake, each step in a random spelling, without wrappers."""
    for exercise in NETWORKS:
        known = wrong.mistakes_of(network(exercise))
        for mistake in rng.sample(known, min(most, len(known))):
            answer = Answer(exercise, (mistake,), spelled=drawn(exercise, rng).spelled)
            try:
                yield answer, answer.source
            except wrong.Impossible:
                continue


def touched_lines(answer):
    """The numbers of the lines that are otherwise in the same answer without its mistakes, and of those that are touched
    with them: what stands between a line's place before and after, and what follows a line whose result is lost."""
    right, found = (_lines(one.source) for one in (dataclasses.replace(answer, mistakes=()), answer))
    changes = difflib.SequenceMatcher(None, right, found, autojunk=False).get_opcodes()
    changes = [(kind, start, stop) for kind, _, _, start, stop in changes if kind != "equal"]
    touched = {number for _, start, stop in changes for number in range(start, stop)}
    if {"insert", "delete"} <= {kind for kind, _, _ in changes}:
        touched |= set(range(min(start for _, start, _ in changes), max(stop for _, _, stop in changes)))
    touched |= {number + 1 for number in touched if found[number].startswith("lost = ")}
    return {number + 1 for number in touched}


def _lines(source):
    return [re.sub(r"_\d+", "_", line).strip() for line in source.splitlines()]  # helpers are numbered anew


def marked_line(answer, source):
    """The number of the line that `check` marks, or None; and its first finding, None for a right answer."""
    from autograder.student import tutor
    from tests.helpers.answers import judged_at_home

    function, verdict, rows = judged_at_home(answer.exercise, source, "<answer>")
    marked = [line for line in tutor.student_lines(verdict, function, rows) if line.startswith("-->")]
    number = re.match(r"--> +(\d+) ", marked[0]) if marked else None
    return number and int(number[1]), verdict.findings[0] if verdict.findings else None


def report(seed, most, show=print):
    """Print how often a line is marked, and how often it is one that the mistake touched; the share of these."""
    counts, wrongly = collections.Counter(), []
    for answer, source in first_order(random.Random(seed), most):
        number, finding = marked_line(answer, source)
        if finding is None:
            kind = "right after all, or a mistake that public cases do not show"
        elif number is None:
            kind = "no line marked"
        elif number in touched_lines(answer):
            kind = "a touched line marked"
        else:
            kind = "another line marked"
            wrongly.append((answer, source.splitlines()[number - 1].strip(), finding))
        counts[kind] += 1
    for kind, count in counts.most_common():
        show(f"{kind}: {count}")
    marked = counts["a touched line marked"], counts["another line marked"]
    show(f"of {sum(marked)} marked lines the mistake touched {marked[0] / max(sum(marked), 1):.1%}")
    for answer, line, finding in wrongly:
        show(f"  {answer.exercise} | {answer.mistakes[0][:3]} | {finding.codes[0]} | {line}")
    return marked[0] / max(sum(marked), 1)
