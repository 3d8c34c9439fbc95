"""Load what declares an exercise: its TOML file and the references recorded for its cases.

An assignment's folder holds, for each exercise NAME,

    exercises/NAME.toml    signature, public cases, steps with points, named mistakes
    exercises/NAME.json    the reference of the public cases, which students have too
    hidden/NAME.json       the reference of the hidden cases, for the judge alone
"""

import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import KitError
from .graph import Graph, Node


class ExerciseError(KitError):
    """A declaration or a reference that cannot be used; the text says where and how to mend it."""


@dataclass
class Step:
    """One step of the task. `count` is how many operations it comprises."""

    id: str
    name: str
    asks: str
    points: float
    op: str = ""
    path: str = ""
    count: int = 1
    hint: str = ""
    blamed_if: list[dict[str, list[str]]] = field(default_factory=list)  # of an "array" exercise, see diagnosis.py

    @property
    def full_name(self) -> str:
        """The step's name with its path."""
        return f"{self.path}: {self.name}" if self.path else self.name


@dataclass
class Mistake:
    """A mistake known by name: `when` lists the codes of the differences that make it (see compare.py)."""

    name: str
    when: list[str]
    says: str
    hint: str = ""


@dataclass
class Note:
    """A difference that costs nothing: `when` is its code, "=" and the value found; `says` is told."""

    when: str
    says: str


@dataclass
class Exercise:
    """What one graded function is to do, as its TOML file declares it (see docs/add-an-exercise.md)."""

    name: str
    title: str
    signature: str
    kind: str  # "graph" or "array"
    arguments: dict[str, str]  # parameter: how check makes its value from the case
    steps: list[Step]
    cases: list[dict[str, Any]]
    mistakes: list[Mistake] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    symbols: dict[str, list[str]] = field(default_factory=dict)
    relations: dict[str, str] = field(default_factory=dict)  # of an "array" exercise: relation -> step
    stand_ins: dict[str, dict[str, Any]] = field(default_factory=dict)  # function: its parameters and their defaults

    @property
    def points(self) -> float:
        """The points of all steps."""
        return sum(step.points for step in self.steps)

    def defaults(self) -> dict[str, Any]:
        """The defaults that are numbers of the function's parameters, from its signature."""
        return {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)[,)]", self.signature)}

    def step(self, step_id: str | None) -> Step:
        """The step of this id."""
        return next(step for step in self.steps if step.id == step_id)


def load_exercise(folder: str | Path, name: str) -> Exercise:
    """The Exercise declared in folder/exercises/name.toml. Raises ExerciseError."""
    path = Path(folder) / "exercises" / f"{name}.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        data["steps"] = [Step(**step) for step in data["steps"]]
        data["mistakes"] = [Mistake(**mistake) for mistake in data.get("mistakes", [])]
        data["notes"] = [Note(**note) for note in data.get("notes", [])]
        exercise = Exercise(name=name, **data)
    except OSError as error:
        raise ExerciseError(
            f"{path} cannot be read ({error.strerror}). It belongs beside the notebook: "
            f"copy the folder `exercises` from the assignment as it was handed out."
        ) from error
    except (tomllib.TOMLDecodeError, TypeError, KeyError) as error:
        raise ExerciseError(f"{path} is not a valid exercise: {error}") from error
    ids = [step.id for step in exercise.steps]
    if len(set(ids)) < len(ids):
        raise ExerciseError(f"{path}: two steps have the same id")
    return exercise


def exercise_name(folder: Path, name: str) -> str:
    """The exercise of the solution cell `name` and the grade cell test_`name`: its file is NAME.toml, in whatever case
    it is written. Raises ExerciseError."""
    if (folder / "exercises" / f"{name}.toml").exists():
        return name
    for path in (folder / "exercises").glob("*.toml"):
        if path.stem.lower() == name.lower():
            return path.stem
    raise ExerciseError(f"{folder / 'exercises'} holds no {name}.toml, which the grade cell test_{name} needs")


def load_reference(folder: str | Path, name: str, hidden: bool = False) -> dict[str, Any]:
    """The recorded reference: {"cases": [...]} with a Graph in each case of a "graph" exercise."""
    public = _read_reference(Path(folder) / "exercises" / f"{name}.json")
    data = _read_reference(Path(folder) / "hidden" / f"{name}.json") if hidden else public
    for case in data["cases"]:
        if "nodes" in case:
            case["graph"] = graph_from(case)
    data["blocks"] = {
        (block["op"], json.dumps(block["settings"], sort_keys=True)): graph_from(block) for block in public.get("blocks", [])
    }
    return data


def _read_reference(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found
    except (OSError, ValueError) as error:
        raise ExerciseError(f"{path} cannot be read: {error}. Make it anew with: python -m autograder record") from error


def graph_from(data: dict[str, Any]) -> Graph:
    """The Graph of recorded nodes."""
    nodes = [
        Node(
            n["op"],
            n["settings"],
            tuple(n["inputs"]),
            tuple(n["shape"]),
            step=n.get("step"),
            padding_step=n.get("padding_step"),
        )
        for n in data["nodes"]
    ]
    return Graph(nodes, data["output"])


def case_key(case: dict[str, Any]) -> str:
    """A text that is equal for equal cases."""
    return json.dumps(case, sort_keys=True)
