"""The network that a student's code builds, drawn beside the one that the task asks for: `check` shows it at home.

Both run from top to bottom, step beside step. A missing step is a gap, one too many a box of its own, and every path
starts where it starts in the student's code. Text has at least 12 pixels, and the drawing fits a small laptop.
"""

import itertools
from dataclasses import dataclass

from .drawing import ALARM, CARD, INK, KINDS, LINE, STATES, Drawing
from .errors import AT_THE_END, RETURNED
from .exercise import Exercise, Step
from .graph import BLOCK, Graph, Node, reachable
from .operations import kind_of, short_of
from .own import Own, difference, of_the_whole, shown_with, unwritten
from .verdict import State, Verdict

ROW, BOX, TOP = 42, 30, 62  # pixels: from row to row, height of a box, middle of the first row
MAIN, SIDE = 200, 146  # pixels: widths of the boxes of the main path, and of the shortcut
LEFT, RIGHT = 180, 436  # pixels: where the main path's boxes begin, of the task and of the student's code
WIDTH = 880
MAX_ROWS = 40

Rows = list[tuple[int | None, int | None]]  # of (node of the reference or None, node of the code or None)


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
        self.first = None if finding is None or unwritten(finding) or of_the_whole(finding) else finding.steps[0]
        self.code = finding.codes[0] if finding and self.first else ""
        self.padded = self.code.startswith("extra") and self.first != shown_with(own.reference, self.first)
        self.first = shown_with(own.reference, self.first)
        self.drawing = Drawing(WIDTH, TOP + ROW * (len(self.rows) + 1), exercise.title, difference(verdict))
        before = [found for _, found in rows[:begin] if found is not None]
        self.heights: dict[int, float] = {(before or [0])[-1]: TOP}  # of the code's nodes: where they stand
        self.beside: dict[int, float] = {}  # of those on its shortcut
        self.last, self.where = end == len(rows), finding.where if finding else ""

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
            self._note(RIGHT + MAIN + 8, self.heights[returned] - 8, "✗ this is returned")
        elif self.code == "return" and returned in self.beside:
            self._note(RIGHT + MAIN + 28 + SIDE / 2, self.beside[returned] + BOX, "✗ this is returned")
        elif self.where in (AT_THE_END, RETURNED) and self.last:
            words = "✗ not returned" if self.where == RETURNED else "✗ stops after this"
            self._note(RIGHT + MAIN + 8, TOP + ROW * len(self.rows) + 4, words)
        if self.left_out > 0:
            self.drawing.text(RIGHT + MAIN / 2, self.drawing.height - 10, f"and {self.left_out} more", 13)
        return self.drawing.svg()

    def first_is_here(self) -> bool:
        """Whether the first difference is in these rows."""
        steps = {self.own.reference.nodes[asked].step for asked, _ in self.rows if asked is not None}
        return self.first in steps or (self.last and self.where in (AT_THE_END, RETURNED))

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
        padding = "ZeroPad, " if self.own.reference.nodes[index].padding_step else ""
        self._box(LEFT, y, MAIN, step.op, padding + _name(step.op), value=value)

    def _found(self, asked: int | None, found: int | None, y: float) -> None:
        step = self._step(asked) if asked is not None else None
        alarm = step is not None and step.id == self.first and not self.code.startswith(("extra", "source", "return"))
        if found is None:
            if self.verdict.findings and unwritten(self.verdict.findings[0]):
                self._gap(RIGHT, y, "to be written", False)
                return
            missing = self.code.startswith("missing") or (step and self.verdict.states[step.id] is State.WRONG)
            stops = alarm and self.code.startswith(("error", "stop"))
            self._gap(RIGHT, y, "✗ stops here" if stops else "✗ missing" if missing else STATES[State.NOT_REACHED], alarm)
            return
        node = self.own.graph.nodes[found]
        above = max((h for h in self.heights.values() if h < y), default=TOP)
        if any(self.heights.get(i) == above for i in node.inputs):
            self._arrow(RIGHT, y, above)
        elif node.inputs and node.inputs[0] in self.heights:  # it takes another tensor than that of the step before
            self._bow(RIGHT + MAIN, self.heights[node.inputs[0]], y)
        self.heights[found] = y
        if step is None and self.padded and node.op.startswith("ZeroPadding"):  # what follows it is one too many
            self._box(RIGHT, y, MAIN, node.op, f"✓ {_name(node.op)}")
            return
        if step is None:
            self._box(RIGHT, y, MAIN, node.op, f"{_name(node.op)}: one too many", self.code.startswith("extra"))
            return
        # Of several of its kind, another one is missing, or differs.
        there = alarm and (self.code.startswith("missing") or not self._at_fault(asked))
        alarm, mark = alarm and not there, "✓ " if there else self._mark(step.id)
        self._box(RIGHT, y, MAIN, node.op, mark + _name(node.op), alarm, self._value(node) if alarm else "")

    def _side(self, graph: Graph, heights: dict[int, float], pairs: dict[int, int] | None, x: float) -> None:
        """The shortcut, beside the main path: from where it starts, over its own steps, to where it ends."""
        placed: dict[int, float] = {} if pairs is None else self.beside
        for end, bottom in list(heights.items()):
            inputs = graph.nodes[end].inputs
            above = max((h for h in (TOP, *heights.values()) if h < bottom), default=TOP)
            paths = [self._chain(graph, i, heights) for i in inputs] if len(inputs) > 1 else []
            simple = 14  # a path without steps of its own: beside the others
            for start, chain in sorted(paths, key=lambda path: -len(path[1])):
                top = heights.get(start, TOP)
                if not chain and top == above:
                    continue  # that is the main path
                steps: Rows = [(None, i) for i in chain] if pairs is None else self._with_gaps(chain)
                wrong = pairs is not None and self._is_first([end, *chain])
                if chain and chain[-1] in placed:  # it leaves a path that is drawn already
                    y, edge, inner = placed[chain[-1]], x + SIDE + 12, RIGHT + MAIN
                    self._line(False, (x + SIDE, y), (edge, y), (edge, bottom + 8), (inner, bottom + 8))
                    continue
                self._path(x, top, steps, bottom, pairs is None, wrong, 0 if steps else simple)
                simple = simple if steps else simple - 14
                placed |= {i: bottom - ROW * (len(steps) - k) for k, (_, i) in enumerate(steps) if i is not None}

    def _chain(self, graph: Graph, index: int, heights: dict[int, float]) -> tuple[int, list[int]]:
        """Where the path to a node leaves the main path, and its own nodes, from top to bottom."""
        chain: list[int] = []
        while index not in heights and index != 0 and graph.nodes[index].inputs:
            chain.insert(0, index)
            index = graph.nodes[index].inputs[0]
        return index, chain

    def _with_gaps(self, chain: list[int]) -> Rows:
        """The steps of the code's shortcut, with those that are missing."""
        asked = {found: node for node, found in self.own.pairs.items()}
        rows: Rows = [(asked.get(i), i) for i in chain]
        for node in self._shortcut() if self.code.startswith("missing") else ():
            if node not in self.own.pairs:
                before = [k for k, (other, _) in enumerate(rows) if other is not None and other < node]
                rows.insert(max(before, default=-1) + 1, (node, None))
        return rows

    def _shortcut(self) -> list[int]:
        """The nodes of the reference that are on its shortcut."""
        steps = {step.id for step in self.exercise.steps if step.path == "shortcut path"}
        return [i for i, node in enumerate(self.own.reference.nodes) if node.step in steps]

    def _path(
        self, x: float, top: float, steps: Rows, bottom: float, task: bool, wrong: bool, aside: float, ends: bool = True
    ) -> None:
        """A path beside the main one: from the height `top` over its steps to `bottom`, or to an open end."""
        inner, column = LEFT if task else RIGHT + MAIN, x + SIDE / 2 + aside
        from_y = top + BOX / 2 + 6 if top > TOP else TOP
        first = bottom - ROW * len(steps) - BOX / 2
        points, words = [(inner, from_y), (column, from_y)], column + 8
        if steps and from_y > first:  # it starts below its own steps: the line goes around them
            edge = words = x + SIDE + 8
            points = [(inner, from_y), (edge, from_y), (edge, first - 12), (column, first - 12)]
            words += 4
        self._line(wrong, *points, *([(column, bottom), (inner, bottom)] if ends else [(column, first)]))
        if wrong:
            self._note(words, from_y - 6, "starts here")
        for k, (asked, found) in enumerate(steps):
            self._side_box(asked, found, task, x, bottom - ROW * (len(steps) - k))

    def _side_box(self, asked: int | None, found: int | None, task: bool, x: float, y: float) -> None:
        if task:
            node = self.own.reference.nodes[found or 0]
            value = self._value(node) if node.step == self.first else ""
            self._box(x, y, SIDE, node.op, _name(node.op), value=value)
            return
        step = self.own.reference.nodes[asked].step if asked is not None else None
        extra = self.code.startswith("extra")
        alarm = step == self.first and not extra if step else extra
        if found is None:
            self._gap(x, y, "✗ missing", alarm, SIDE)
            return
        node = self.own.graph.nodes[found]
        mark = self._mark(step) if step else "+ "
        self._box(x, y, SIDE, node.op, mark + _name(node.op), alarm, self._value(node) if alarm and step else "")

    def _is_first(self, nodes: list[int]) -> bool:
        """Whether the first difference is where the path through these nodes of the code starts."""
        steps = {self.own.reference.nodes[r].step for r, g in self.own.pairs.items() if g in nodes}
        return self.code.startswith("source") and self.first in steps

    def _open_end(self, x: float, bottom: float) -> None:
        """A shortcut that was begun, where the code stops before it is added."""
        chain = [self.own.pairs[i] for i in self._shortcut() if i in self.own.pairs]
        steps = self._with_gaps(chain)
        if not steps or any(len(self.own.graph.nodes[i].inputs) > 1 for i in self.heights):
            return
        start = self.own.graph.nodes[chain[0]].inputs[0] if chain else 0
        wrong = self.code.startswith("source")
        self._path(x, self.heights.get(start, TOP), steps, bottom - ROW, False, wrong, 0, ends=False)

    def _mark(self, step: str) -> str:
        if self.code.startswith("extra") and self.code.endswith(f"@{step}"):
            return ""  # the step itself is right
        if self.verdict.findings and of_the_whole(self.verdict.findings[0]):
            return "✓ "
        return {State.RIGHT: "✓ ", State.WRONG: "✗ "}.get(self.verdict.states[step], "")

    def _value(self, node: Node) -> str:
        """The setting that differs, as it is at this node."""
        key = self.code.rpartition(".")[2] if self.code.startswith("setting") else ""
        value = node.settings.get(key)
        if value is None or isinstance(value, dict):
            return ""
        if key == "pads":
            same = isinstance(value, (list, tuple)) and len(set(value)) == 1
            return f", {value[0]} zero{'s' * (value[0] != 1)} around" if same else ""
        words = "x".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
        return f", {key.removesuffix('_size').removesuffix('_rate').replace('_', ' ')} {words}"

    def _box(self, x: float, y: float, width: float, op: str, words: str, alarm: bool = False, value: str = "") -> None:
        self.drawing.box(x, y, KINDS.get(kind_of(op), "tensor"), width=width, height=BOX, alarm=alarm)
        room = int(width / 6.6)
        words += value if len(words + value) <= room else ""
        self.drawing.text(x + width / 2, y + 4.5, words if len(words) <= room else words[: room - 1] + "…", 13)

    def _gap(self, x: float, y: float, words: str, alarm: bool, width: float = MAIN) -> None:
        self.drawing.parts.append(
            f'<rect x="{x}" y="{y - BOX / 2}" width="{width}" height="{BOX}" rx="7" fill="{CARD}" '
            f'stroke="{ALARM if alarm else LINE}" stroke-width="{3 if alarm else 1.2}" stroke-dasharray="3 5"/>'
        )
        self.drawing.text(x + width / 2, y + 4.5, words, 13, "bold" if alarm else "normal", colour=ALARM if alarm else INK)

    def _note(self, x: float, y: float, words: str) -> None:
        self.drawing.text(x, y, words, 12, "bold", "start", ALARM)

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
