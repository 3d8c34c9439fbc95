"""The network that a student's code builds, drawn beside the one that the task asks for: `check` shows it at home.

Both run from top to bottom, step beside step. A missing step is a gap, one too many a box of its own, and every path
starts where it starts in the student's code. Text has at least 12 pixels, and the drawing fits a small laptop.
"""

import itertools
from dataclasses import dataclass

from .compare import node_differences
from .drawing import ALARM, CARD, INK, KINDS, LINE, STATES, Drawing
from .errors import WHOLE
from .exercise import Exercise, Step
from .graph import BLOCK, Graph, Node, reachable
from .operations import kind_of, short_of
from .verdict import Finding, State, Verdict

ROW, BOX, TOP = 42, 30, 62  # pixels: from row to row, height of a box, middle of the first row
MAIN, SIDE = 200, 116  # pixels: widths of the boxes of the main path, and of the shortcut
LEFT, RIGHT = 150, 410  # pixels: where the main path's boxes begin, of the task and of the student's code
WIDTH = 860
MAX_ROWS = 40

Rows = list[tuple[int | None, int | None]]  # of (node of the reference or None, node of the code or None)


@dataclass
class Own:
    """What a student's code builds: the reference's graph, the code's, and {node of the one: its counterpart}."""

    reference: Graph
    graph: Graph
    pairs: dict[int, int]

    def differs(self, index: int, code: str) -> bool:
        """Whether a node of the reference is one that differs as the code of a difference says. Several nodes may be one
        step, as the identity blocks of a stage are; a code that is not about a setting does not tell them apart."""
        if not code.startswith("setting") or index not in self.pairs:
            return not code.startswith("setting")
        found = node_differences(self.reference, index, self.graph, self.pairs[index])
        return code in {difference.code for difference in found}


@dataclass
class Part:
    """A drawing of a part of both networks: a stage, or all of it (name ""); and whether the first difference is in it."""

    name: str
    svg: str
    first: bool


def draw_beside(exercise: Exercise, verdict: Verdict, own: Own) -> list[Part]:
    """Both networks as drawings: one, or where the task's has stages, one for each, so that each fits on a screen."""
    rows = _rows(exercise, own)
    names: list[str] = []
    for asked, _ in rows:  # what is one too many belongs to the step before it
        step = exercise.step(own.reference.nodes[asked].step) if asked is not None else None
        names.append(part_of(exercise, step or exercise.steps[0]) if step or not names else names[-1])
    parts: list[Part] = []
    begin = 0
    for name, group in itertools.groupby(names):
        end = begin + len(list(group))
        picture = _Picture(exercise, verdict, own, rows, begin, end)
        parts.append(Part(name, picture.svg(), picture.first_is_here()))
        begin = end
    return parts


def part_of(exercise: Exercise, step: Step) -> str:
    """The stage that a step is shown with, "" where there are no stages. What comes before them belongs to the first."""
    stages = [s.path for s in exercise.steps if s.path.startswith("stage")]
    if not stages:
        return ""
    begun = any(s.path for s in exercise.steps[: exercise.steps.index(step)])
    return step.path or ("output" if begun else stages[0])


def difference(verdict: Verdict) -> str:
    """The first difference in a sentence, for those who do not see the drawing."""
    if not verdict.findings:
        return "They are the same."
    finding = verdict.findings[0]
    return f"The next step: {finding.where}." if _unwritten(finding) else f"They differ first at: {finding.text()}"


def of_the_whole(finding: Finding) -> bool:
    """Whether a finding is about the function as a whole, and belongs to no step."""
    return (finding.error or {}).get("type") in WHOLE


def _unwritten(finding: Finding) -> bool:
    return (finding.error or {}).get("type") == "NotImplementedError"


def _rows(exercise: Exercise, own: Own) -> Rows:
    """The main path from top to bottom: (node of the reference, node of the code), None where there is none. What the
    code has besides comes after the node that it follows."""
    side = {step.id for step in exercise.steps if step.path == "shortcut path"}
    main = [i for i, node in enumerate(own.reference.nodes) if node.step is not None and node.step not in side]
    rows: Rows = [(i, own.pairs.get(i)) for i in main]
    known = {0, *own.pairs.values()}
    for extra in reachable(own.graph):
        if extra in known or own.graph.nodes[extra].op == "InputLayer":
            continue
        known.add(extra)
        before = own.graph.nodes[extra].inputs[:1]
        at = next((k + 1 for k, (_, found) in enumerate(rows) if (found,) == before), None)
        if at is not None or before == (0,):
            rows.insert(at or 0, (None, extra))
    return rows


def _above(exercise: Exercise, own: Own, rows: Rows) -> str:
    """What is above a part: the input, or the step before it."""
    steps = [own.reference.nodes[asked].step for asked, _ in rows if asked is not None]
    step = exercise.step(steps[-1] or "") if steps else None
    return "input" if step is None else f"{step.path}: {step.name}" if step.path else step.name


class _Picture:
    """The drawing of both networks under construction: of the rows from `begin` to `end`."""

    def __init__(self, exercise: Exercise, verdict: Verdict, own: Own, rows: Rows, begin: int, end: int):
        self.exercise, self.verdict, self.own = exercise, verdict, own
        self.rows, self.left_out = rows[begin : min(end, begin + MAX_ROWS)], end - begin - MAX_ROWS
        self.input = _above(exercise, own, rows[:begin])
        finding = verdict.findings[0] if verdict.findings else None
        self.first = None if finding is None or _unwritten(finding) or of_the_whole(finding) else finding.steps[0]
        self.code = finding.codes[0] if finding and self.first else ""
        self.drawing = Drawing(WIDTH, TOP + ROW * (len(self.rows) + 1), exercise.title, difference(verdict))
        before = [found for _, found in rows[:begin] if found is not None]
        self.heights: dict[int, float] = {(before or [0])[-1]: TOP}  # of the code's nodes: where they stand

    def svg(self) -> str:
        """The drawing as a text."""
        for x, words in ((LEFT, "The task"), (RIGHT, "Your code")):
            self.drawing.text(x + MAIN / 2, 26, words, 15, "bold")
            self.drawing.text(x + MAIN / 2, TOP + 4, self.input, 13)
        heights: dict[int, float] = {}
        above: float = TOP
        for number, (asked, found) in enumerate(self.rows, 1):
            y = TOP + ROW * number
            if asked is not None:
                heights[asked] = y
                self._asked(asked, y, above)
                above = y
            self._found(asked, found, y)
        self._side(self.own.reference, heights, None, LEFT - 20 - SIDE)
        self._side(self.own.graph, self.heights, self.own.pairs, RIGHT + MAIN + 20)
        self._open_end(RIGHT + MAIN + 20, TOP + ROW * len(self.rows))
        returned = self.own.graph.output
        if self.code == "return" and returned in self.heights:
            self.drawing.text(RIGHT + MAIN + 8, self.heights[returned] - 8, "✗ this is returned", 12, "bold", "start", ALARM)
        if self.left_out > 0:
            self.drawing.text(RIGHT + MAIN / 2, self.drawing.height - 10, f"and {self.left_out} more", 13)
        return self.drawing.svg()

    def first_is_here(self) -> bool:
        """Whether the first difference is in these rows."""
        return self.first in {self.own.reference.nodes[asked].step for asked, _ in self.rows if asked is not None}

    def _at_fault(self, asked: int | None) -> bool:
        """Whether this node of the reference differs as the first finding says; all of its step, where none is known to."""
        of_its_step = [i for i, node in enumerate(self.own.reference.nodes) if node.step == self.first]
        return not any(self.own.differs(i, self.code) for i in of_its_step) or self.own.differs(asked or 0, self.code)

    def _step(self, index: int) -> Step:
        return self.exercise.step(self.own.reference.nodes[index].step)

    def _asked(self, index: int, y: float, above: float) -> None:
        step = self._step(index)
        value = self._value(self.own.reference.nodes[index]) if step.id == self.first else ""
        self._arrow(LEFT, y, above)
        self._box(LEFT, y, MAIN, step.op, _name(step.op) + value)

    def _found(self, asked: int | None, found: int | None, y: float) -> None:
        step = self._step(asked) if asked is not None else None
        alarm = step is not None and step.id == self.first and not self.code.startswith(("extra", "source", "return"))
        if found is None:
            if self.verdict.findings and _unwritten(self.verdict.findings[0]):
                self._gap(RIGHT, y, "to be written", False)
                return
            missing = self.code.startswith("missing") or (step and self.verdict.states[step.id] is State.WRONG)
            self._gap(RIGHT, y, "✗ missing" if missing else STATES[State.NOT_REACHED], alarm)
            return
        node = self.own.graph.nodes[found]
        above = max((h for h in self.heights.values() if h < y), default=TOP)
        if any(self.heights.get(i) == above for i in node.inputs):
            self._arrow(RIGHT, y, above)
        elif node.inputs and node.inputs[0] in self.heights:  # it takes another tensor than that of the step before
            self._bow(RIGHT + MAIN, self.heights[node.inputs[0]], y)
        self.heights[found] = y
        if step is None:
            self._box(RIGHT, y, MAIN, node.op, f"{_name(node.op)}: one too many", self.code.startswith("extra"))
            return
        # Of several of its kind, another one is missing, or differs.
        there = alarm and (self.code.startswith("missing") or not self._at_fault(asked))
        alarm, mark = alarm and not there, "✓ " if there else self._mark(step.id)
        self._box(RIGHT, y, MAIN, node.op, mark + _name(node.op) + (self._value(node) if alarm else ""), alarm)

    def _side(self, graph: Graph, heights: dict[int, float], pairs: dict[int, int] | None, x: float) -> None:
        """The shortcut, beside the main path: from where it starts, over its own steps, to where it ends."""
        inner = LEFT if pairs is None else RIGHT + MAIN
        column = x + SIDE / 2 + 14  # the first path; others beside it
        for end, bottom in list(heights.items()):
            node = graph.nodes[end]
            above = max((h for h in (TOP, *heights.values()) if h < bottom), default=TOP)
            for start in node.inputs if len(node.inputs) > 1 else ():
                chain: list[int] = []
                before = column
                while start not in heights and start != 0 and graph.nodes[start].inputs:
                    chain.append(start)
                    start = graph.nodes[start].inputs[0]
                top = heights.get(start, TOP)
                if not chain and top == above:
                    continue  # that is the main path
                wrong = pairs is not None and self._is_first([end, *chain])
                from_y = top + BOX / 2 + 6 if top > TOP else TOP
                column = x + SIDE / 2 if chain else before - 14
                self._line(wrong, (inner, from_y), (column, from_y), (column, bottom), (inner, bottom))
                if wrong:
                    self.drawing.text(column + 8, from_y - 6, "starts here", 12, "bold", "start", ALARM)
                for k, index in enumerate(reversed(chain)):
                    self._side_box(graph.nodes[index], index, pairs, x, bottom - ROW * (len(chain) - k))

    def _side_box(self, node: Node, index: int, pairs: dict[int, int] | None, x: float, y: float) -> None:
        if pairs is None:
            self._box(x, y, SIDE, node.op, _name(node.op) + (self._value(node) if node.step == self.first else ""))
            return
        asked = next((self.own.reference.nodes[r].step for r, g in pairs.items() if g == index), None)
        extra = self.code.startswith("extra")
        alarm = asked == self.first and not extra if asked else extra
        mark = self._mark(asked) if asked else "+ "
        self._box(x, y, SIDE, node.op, mark + _name(node.op) + (self._value(node) if alarm and asked else ""), alarm)

    def _is_first(self, nodes: list[int]) -> bool:
        """Whether the first difference is where the path through these nodes of the code starts."""
        steps = {self.own.reference.nodes[r].step for r, g in self.own.pairs.items() if g in nodes}
        return self.code.startswith("source") and self.first in steps

    def _open_end(self, x: float, bottom: float) -> None:
        """A shortcut that was begun, where the code stops before it is added."""
        shortcut = {step.id for step in self.exercise.steps if step.path == "shortcut path"}
        side = {i for i, node in enumerate(self.own.reference.nodes) if node.step in shortcut}
        chain = [g for r, g in sorted(self.own.pairs.items()) if r in side]
        if not chain or any(len(self.own.graph.nodes[i].inputs) > 1 for i in self.heights):
            return
        start = self.own.graph.nodes[chain[0]].inputs[0]
        top = self.heights.get(start, TOP)
        from_y = top + BOX / 2 + 6 if top > TOP else TOP
        wrong = self.code.startswith("source")
        self._line(
            wrong, (RIGHT + MAIN, from_y), (x + SIDE / 2, from_y), (x + SIDE / 2, bottom - ROW * (len(chain) + 1) - BOX / 2)
        )
        if wrong:
            self.drawing.text(x + SIDE / 2 + 8, from_y - 6, "starts here", 12, "bold", "start", ALARM)
        for k, index in enumerate(chain):
            self._side_box(self.own.graph.nodes[index], index, self.own.pairs, x, bottom - ROW * (len(chain) + 1 - k))

    def _mark(self, step: str) -> str:
        if self.code.startswith("extra") and self.code.endswith(f"@{step}"):
            return ""  # the step itself is right
        return {State.RIGHT: "✓ ", State.WRONG: "✗ "}.get(self.verdict.states[step], "")

    def _value(self, node: Node) -> str:
        """The setting that differs, as it is at this node."""
        key = self.code.rpartition(".")[2] if self.code.startswith("setting") else ""
        value = node.settings.get(key)
        if value is None or isinstance(value, dict):
            return ""
        if key == "pads":
            return f", {value[0]} zeros around" if isinstance(value, (list, tuple)) and len(set(value)) == 1 else ""
        words = "x".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
        return f", {key.replace('_', ' ')} {words}" if len(words) < 10 else ""

    def _box(self, x: float, y: float, width: float, op: str, words: str, alarm: bool = False) -> None:
        self.drawing.box(x, y, KINDS.get(kind_of(op), "tensor"), width=width, height=BOX, alarm=alarm)
        size, room = 13, int(width / 6.6)
        self.drawing.text(x + width / 2, y + 4.5, words if len(words) <= room else words[: room - 1] + "…", size)

    def _gap(self, x: float, y: float, words: str, alarm: bool) -> None:
        self.drawing.parts.append(
            f'<rect x="{x}" y="{y - BOX / 2}" width="{MAIN}" height="{BOX}" rx="7" fill="{CARD}" '
            f'stroke="{ALARM if alarm else LINE}" stroke-width="{3 if alarm else 1.2}" stroke-dasharray="3 5"/>'
        )
        self.drawing.text(x + MAIN / 2, y + 4.5, words, 13, "bold" if alarm else "normal", colour=ALARM if alarm else INK)

    def _arrow(self, x: float, y: float, above: float) -> None:
        start = above + (10 if above == TOP else BOX / 2)
        self.drawing.arrow((x + MAIN / 2, start), (x + MAIN / 2, y - BOX / 2))
        self.drawing.parts.insert(2, self.drawing.parts.pop())  # behind the boxes: it may pass a gap

    def _bow(self, x: float, start: float, end: float) -> None:
        self._line(self.code.startswith("input"), (x, start), (x + 14, start), (x + 14, end), (x, end))

    def _line(self, wrong: bool, *points: tuple[float, float]) -> None:
        self.drawing.arrow(*points)
        if wrong:
            self.drawing.parts[-1] = (
                self.drawing.parts[-1].replace(LINE, ALARM).replace('"1.8"', '"3.2" stroke-dasharray="7 3"')
            )


def _name(op: str) -> str:
    return short_of(op) or op.removeprefix(BLOCK).replace("_", " ").lstrip("?")
