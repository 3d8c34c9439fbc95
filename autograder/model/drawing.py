"""Drawings of an exercise's steps as SVG: what is right, and where the first difference is.

Every drawing stands on its own light card, so that it reads the same in light and dark themes, and says with words and
borders what it says with colours.
"""

import textwrap
from html import escape

from .errors import NO_STEP
from .exercise import Exercise, Step
from .operations import Kind, kind_of, short_of
from .verdict import State, Verdict

INK, CARD, LINE, ALARM = "#1f2933", "#fbfaf6", "#52606d", "#a3161f"
COLOURS = {
    "conv": "#cfe3f7",
    "norm": "#fdeecb",
    "relu": "#d8efd3",
    "sum": "#f6d5dc",
    "pool": "#e4dcf3",
    "block": "#d7ecee",
    "tensor": "#ffffff",
}
KINDS = {
    Kind.INPUT: "tensor",
    Kind.WEIGHTS: "conv",
    Kind.NORMALISATION: "norm",
    Kind.ACTIVATION: "relu",
    Kind.MERGE: "sum",
    Kind.POOLING: "pool",
    Kind.PADDING: "pool",
    Kind.SHAPE: "pool",
    Kind.BLOCK: "block",
}
STATES = {
    State.RIGHT: "✓ right",
    State.WRONG: "✗ differs",
    State.NOT_REACHED: "– not reached",
    State.NOT_JUDGED: "? not judged",
}
GAP, HEIGHT, WIDTH = 10, 60, 80
PER_ROW = 10
SHOWN = 900  # pixels: wider drawings are shown smaller; their text still has 12
FONT = "Helvetica, Arial, sans-serif"


class Drawing:
    """An SVG under construction. Coordinates are pixels from the top left."""

    def __init__(self, width: float, height: float, title: str, text: str):
        self.width, self.height = width, height
        self.parts = [
            f"<title>{escape(title)}</title><desc>{escape(text)}</desc>",
            f'<rect x="1" y="1" width="{width - 2}" height="{height - 2}" rx="12" fill="{CARD}" stroke="#d5d2c8"/>',
        ]

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: int = 13,
        weight: str = "normal",
        anchor: str = "middle",
        colour: str = INK,
    ) -> None:
        """Write words at (x, y)."""
        self.parts.append(
            f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" '
            f'text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'
        )

    def box(
        self, x: float, y: float, kind: str, *lines: str, width: float = WIDTH, height: float = HEIGHT, alarm: bool = False
    ) -> float:
        """A box whose left edge is x and whose middle line is y; returns its right edge."""
        border = f'stroke="{ALARM}" stroke-width="3.5" stroke-dasharray="7 3"' if alarm else f'stroke="{LINE}"'
        self.parts.append(
            f'<rect x="{x}" y="{y - height / 2}" width="{width}" height="{height}" rx="7" fill="{COLOURS[kind]}" {border}/>'
        )
        for k, words in enumerate(lines):
            self.text(x + width / 2, y + 4.5 + 15 * (k - (len(lines) - 1) / 2), words, 13, "normal" if k else "bold")
        return x + width

    def plus(self, x: float, y: float) -> float:
        """A plus sign in a circle whose left edge is x; returns its right edge."""
        self.parts.append(f'<circle cx="{x + 15}" cy="{y}" r="15" fill="{COLOURS["sum"]}" stroke="{LINE}"/>')
        self.text(x + 15, y + 6, "+", 20, "bold")
        return x + 30

    def arrow(self, *points: tuple[float, float]) -> None:
        """An arrow through the points."""
        path = " ".join(f"{x},{y}" for x, y in points)
        self.parts.append(
            f'<polyline points="{path}" fill="none" stroke="{LINE}" stroke-width="1.8" marker-end="url(#head)"/>'
        )

    def svg(self) -> str:
        """The drawing as a text."""
        shown = min(self.width, SHOWN)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{shown}" height="{self.height * shown // self.width}" font-family="{FONT}" role="img">'
            f'<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="12" markerHeight="12" '
            f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 L10 5 L0 10 z" fill="{LINE}"/></marker></defs>\n'
            + "\n".join(self.parts)
            + "\n</svg>\n"
        )


def draw_verdict(exercise: Exercise, verdict: Verdict) -> str:
    """The exercise's steps, as an SVG text, with the state of each and the first finding in its place."""
    finding = verdict.findings[0] if verdict.findings else None
    if finding and (finding.error or {}).get("type") == "NotImplementedError":
        finding = None  # not written yet: nothing is wrong
    whole = finding is not None and (len(finding.steps) == len(exercise.steps) or finding.where in NO_STEP)
    first = None if finding is None or whole else finding.steps[0]
    shortcut = [step for step in exercise.steps if step.path == "shortcut path"]
    main = [step for step in exercise.steps if step not in shortcut]
    rows = [main[k : k + PER_ROW] for k in range(0, len(main), PER_ROW)]
    branches = any(step.op == "Add" for step in main)
    top = 150 if branches else 66
    width = max(760, 70 + max(len(row) for row in rows) * (WIDTH + GAP))
    right = sum(state is State.RIGHT for state in verdict.states.values())
    drawing = Drawing(
        width,
        top + 96 * len(rows) - 30,
        exercise.title,
        f"{right} of {len(verdict.states)} steps are right." + (f" {finding.text()}" if finding else ""),
    )
    ends = _draw_rows(drawing, rows, verdict, first, top)
    if branches:
        _draw_shortcut(drawing, shortcut, verdict, first, ends[next(s.id for s in main if s.op == "Add")], top)
    return drawing.svg()


def _draw_rows(
    drawing: Drawing, rows: list[list[Step]], verdict: Verdict, first: str | None, top: float
) -> dict[str, tuple[float, float]]:
    """The main path, from row to row; where each step's box begins."""
    ends: dict[str, tuple[float, float]] = {}
    width = max(WIDTH, min(2 * WIDTH, (drawing.width - 70) / max(map(len, rows)) - GAP))
    for number, row in enumerate(rows):
        x: float = 36
        y = top + 96 * number
        if number == 0:
            drawing.text(22, y + 5, "in", 13, "bold")
        for step in row:
            drawing.arrow((x, y), (x + GAP, y))
            ends[step.id] = x + GAP, y
            x = _box(drawing, x + GAP, y, step, verdict, step.id == first, width)
        drawing.arrow((x, y), (x + GAP, y))
        if number == len(rows) - 1:
            drawing.text(x + GAP + 11, y + 5, "out", 13, "bold")
    return ends


def _draw_shortcut(
    drawing: Drawing, steps: list[Step], verdict: Verdict, first: str | None, target: tuple[float, float], bottom: float
) -> None:
    """The path from the input to the addition, above the main path."""
    x: float = 41
    top = bottom - 84
    drawing.text(x + 4, top - 38, "shortcut", 13, "bold", "start")
    begin = target[0] - (len(steps) + 1) * (WIDTH + GAP) if steps else x
    points: list[tuple[float, float]] = [(x, bottom), (x, top)]
    for step in steps:
        drawing.arrow(*points, (begin, top))
        begin = _box(drawing, begin, top, step, verdict, step.id == first)
        points, begin = [(begin, top)], begin + GAP
    end = target[0] + WIDTH / 2
    drawing.arrow(*points, (end, top), (end, bottom - HEIGHT / 2))


def _box(drawing: Drawing, x: float, y: float, step: Step, verdict: Verdict, alarm: bool, width: float = WIDTH) -> float:
    name = short_of(step.op) or step.op.removeprefix("block:").replace("_", " ") or step.name
    lines = textwrap.wrap(name, int(width / 6.6))[:3]
    if step.path.startswith("stage"):
        lines.insert(0, step.path)
    height = HEIGHT + 14 * (len(lines) > 2)
    if alarm:
        drawing.text(x + width / 2, y + height / 2 + 17, "▲ first", 13, "bold", colour=ALARM)
    kind = KINDS.get(kind_of(step.op), "tensor")
    stopped = verdict.findings and verdict.findings[0].where in NO_STEP  # the step itself is not what is wrong
    state = verdict.states[step.id]
    says = STATES[State.NOT_REACHED if stopped and not alarm and state is not State.RIGHT else state]
    return drawing.box(x, y, kind, *lines, says, width=width, height=height, alarm=alarm)
