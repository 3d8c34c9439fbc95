"""What a judgement is: its status, the state and the points of each step, and its findings."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .exercise import Exercise


class Status(StrEnum):
    """How the judgement of one exercise ended."""

    RIGHT = "right"
    WRONG = "wrong"
    CRASHED = "crashed"
    MISSING = "missing"  # nothing was handed in, or the stub was left as it is
    MALFORMED = "malformed"  # what was handed in is no hand-in
    UNREADABLE = "unreadable"  # the notebook cannot be read
    TIMED_OUT = "timed out"
    TOO_MUCH_OUTPUT = "too much output"
    TOO_MANY_PROCESSES = "too many processes"
    TOO_MANY_FILES = "too many open files"
    OUT_OF_MEMORY = "out of memory"
    NOT_JUDGED = "not judged"  # by the machine: points are held, and a person decides
    NOT_RUN = "not run"  # nbgrader was told not to (--no-execute): points are held
    GRADER_ERROR = "grader error"  # not the student's fault
    GRADER_LIMIT = "grader limit"  # reading or judging took more than the grader allows itself


class State(StrEnum):
    """What is known of one step."""

    RIGHT = "right"
    WRONG = "wrong"
    NOT_REACHED = "not reached"
    NOT_JUDGED = "not judged"


@dataclass
class Finding:
    """One thing to fix. `steps` are the ids of the steps that it costs, the first one first."""

    codes: list[str]
    steps: list[str]
    where: str
    asked: str
    found: str
    hint: str = ""
    name: str = ""
    error: dict[str, Any] | None = None  # what the student's code was stopped by, as `failures.describe_error` says it

    def text(self) -> str:
        """The finding in lines, as students read it."""
        lines = [f"Where:     {self.where}"] + ([f"Mistake:   {self.name}"] if self.name else [])
        lines += [f"The task:  {self.asked}"] * bool(self.asked) + [f"Your code: {self.found}"]
        return "\n".join(lines + ([f"Hint:      {self.hint}"] if self.hint else []))


@dataclass
class Verdict:
    """The judgement of one exercise. Points are `earned` by step; those of steps that the machine cannot judge are
    neither earned nor lost but `held` until a person has looked."""

    status: Status
    points: float
    earned: dict[str, float]
    states: dict[str, State]
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    held: float = 0.0

    @property
    def score(self) -> float:
        """The points that are certain."""
        return round(sum(self.earned.values()), 6)


def no_verdict(exercise: Exercise, status: Status | str, says: str, hint: str = "") -> Verdict:
    """A verdict without points, for an exercise that could not be compared at all."""
    finding = Finding([str(status)], [step.id for step in exercise.steps], exercise.title, "", says, hint)
    return Verdict(
        Status(status),
        exercise.points,
        dict.fromkeys(finding.steps, 0.0),
        dict.fromkeys(finding.steps, State.NOT_REACHED),
        [finding],
    )
