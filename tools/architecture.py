"""The picture of the architecture: `python -m tools.architecture` draws docs/architecture.svg from what modules import."""

import ast
import sys
from pathlib import Path

from autograder.model.drawing import Drawing
from tests.helpers.submissions import ROOT

PICTURE = ROOT / "docs" / "architecture.svg"
# Rooms: the middle of their boxes and the kind of box. Their modules are read from the folders.
PLACES = {
    "course": (150, 110, "pool"),
    "grading": (150, 310, "pool"),
    "sandbox": (460, 110, "norm"),
    "model": (460, 310, "relu"),
    "student": (780, 210, "sum"),
}
GROUPS = {
    room: (*place, tuple(sorted(p.stem for p in (ROOT / "autograder" / room).glob("[!_]*.py"))))
    for room, place in PLACES.items()
}
KERNEL = "student"
WIDTH, LINE = 220, 15


def arrows():
    """Pairs of rooms of which the first imports something of the second."""
    found = set()
    for room in GROUPS:
        for path in (ROOT / "autograder" / room).glob("[!_]*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.level == 2 and node.module:
                    found.add((room, node.module.split(".")[0]))
    return sorted(found)


def draw():
    figure = Drawing(
        920,
        440,
        "The modules of the package",
        "Groups of modules, with an arrow from each group to those it imports: "
        + "; ".join(f"{one} to {other}" for one, other in arrows())
        + ".",
    )
    for one, other in arrows():
        figure.arrow(*edge(GROUPS[one], GROUPS[other]))
    for name, (x, y, kind, members) in GROUPS.items():
        lines = [", ".join(members[k : k + 3]) for k in range(0, len(members), 3)]
        figure.box(x - WIDTH / 2, y, kind, name, *lines, width=WIDTH, height=height(members), alarm=name == KERNEL)
    figure.text(780, 300, "students' code runs here, in a sandbox;", 12)
    figure.text(780, 316, "hand-ins come out as data", 12)
    figure.text(460, 415, "An arrow means: imports. No group beside the dashed one imports Keras.", 12)
    return figure.svg()


def height(members):
    return LINE * (2 + -(-len(members) // 3)) + 14


def edge(one, other):
    """The two ends of an arrow between boxes, on their borders."""
    (x1, y1, _, members1), (x2, y2, _, members2) = one, other
    if x1 == x2:
        way, shift = (1 if y2 > y1 else -1), 10 if y2 > y1 else -10
        return (x1 + shift, y1 + way * height(members1) / 2), (x2 + shift, y2 - way * height(members2) / 2)
    way = 1 if x2 > x1 else -1
    shift = 8 * way
    return (x1 + way * WIDTH / 2, y1 + shift), (x2 - way * WIDTH / 2, y2 + shift)


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
    print(f"wrote {Path(PICTURE).relative_to(ROOT)}")
    sys.exit(0)
