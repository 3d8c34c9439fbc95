"""Draw the notebooks' figures: `python source/residual_networks/figures/draw.py` writes the SVG files again.

Every figure stands on its own light card, so that it reads the same in light and dark themes.
"""
from html import escape
from pathlib import Path

INK, CARD, LINE = "#1f2933", "#fbfaf6", "#52606d"
COLOURS = {"conv": "#cfe3f7", "norm": "#fdeecb", "relu": "#d8efd3", "sum": "#f6d5dc", "pool": "#e4dcf3",
           "block": "#d7ecee", "tensor": "#ffffff"}
GAP, HEIGHT = 16, 58
WIDTHS = {"conv": 86, "norm": 84, "relu": 52}
SHOWN = 880         # pixels: wider figures are shown smaller


class Figure:
    """An SVG under construction. Coordinates are pixels from the top left."""

    def __init__(self, width, height, title, text):
        self.width, self.height, self.parts = width, height, []
        self.parts.append(f"<title>{escape(title)}</title><desc>{escape(text)}</desc>")
        self.parts.append(f'<rect x="1" y="1" width="{width - 2}" height="{height - 2}" rx="12" fill="{CARD}" '
                          f'stroke="#d5d2c8"/>')

    def text(self, x, y, words, size=13, weight="normal", anchor="middle"):
        self.parts.append(f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" '
                          f'text-anchor="{anchor}" fill="{INK}">{escape(words)}</text>')

    def box(self, x, y, kind, *lines, width=None, height=HEIGHT):
        """A box whose left edge is x and whose middle line is y; returns its right edge."""
        width = width or WIDTHS[kind]
        self.parts.append(f'<rect x="{x}" y="{y - height / 2}" width="{width}" height="{height}" rx="7" '
                          f'fill="{COLOURS[kind]}" stroke="{LINE}"/>')
        for k, words in enumerate(lines):
            self.text(x + width / 2, y + 4.5 + 15 * (k - (len(lines) - 1) / 2), words, 12 if k else 13,
                      "normal" if k else "bold")
        return x + width

    def plus(self, x, y):
        self.parts.append(f'<circle cx="{x + 15}" cy="{y}" r="15" fill="{COLOURS["sum"]}" stroke="{LINE}"/>')
        self.text(x + 15, y + 6, "+", 20, "bold")
        return x + 30

    def arrow(self, *points):
        path = " ".join(f"{x},{y}" for x, y in points)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{LINE}" stroke-width="1.8" '
                          f'marker-end="url(#head)"/>')

    def write(self, name):
        shown = min(self.width, SHOWN)
        head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
                f'width="{shown}" height="{self.height * shown // self.width}" font-family="Helvetica, Arial, sans-serif" role="img">'
                f'<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
                f'orient="auto"><path d="M0 0 L10 5 L0 10 z" fill="{LINE}"/></marker></defs>')
        file = Path(__file__).with_name(name)
        file.write_text(head + "\n" + "\n".join(self.parts) + "\n</svg>\n", encoding="utf-8")


def chain(figure, x, y, boxes):
    """A row of boxes joined by arrows, from x on; returns the right edge of the last one."""
    for kind, *lines in boxes:
        figure.arrow((x, y), (x + GAP, y))
        x = figure.plus(x + GAP, y) if kind == "sum" else figure.box(x + GAP, y, kind, *lines)
    return x


CONV = ("conv", "Conv2D")
NORM, RELU = ("norm", "BatchNorm"), ("relu", "ReLU")


def block(name, title, text, main, shortcut, width):
    """A residual block: the main path below, the shortcut above, their sum and a last ReLU."""
    top, bottom, start = 62, 152, 74
    figure = Figure(width, 214, title, text)
    figure.box(16, bottom, "tensor", "X", width=40, height=40)
    end = chain(figure, 56, bottom, main)
    figure.arrow((end, bottom), (end + GAP, bottom))
    plus = figure.plus(end + GAP, bottom)
    right = chain(figure, plus, bottom, [RELU])
    figure.arrow((right, bottom), (right + GAP, bottom))
    figure.text(right + GAP + 16, bottom + 5, "out", 13, "bold")
    x = start - 7
    if shortcut:
        figure.arrow((x, bottom), (x, top), (x + 98 + GAP, top))
        x = chain(figure, x + 98, top, shortcut)
        figure.arrow((x, top), (plus - 15, top), (plus - 15, bottom - 16))
    else:
        figure.arrow((x, bottom), (x, top), (plus - 15, top), (plus - 15, bottom - 16))
    figure.text((start + plus) / 2 if not shortcut else start + 48, top - 10, "shortcut", 13, "bold")
    figure.text((start + plus) / 2, 204, "main path", 13, "bold")
    figure.write(name)


def plain_and_residual():
    figure = Figure(640, 250, "Plain layers and the same layers with shortcuts",
                    "Above, four layers in a row. Below, the same four layers, where a line leads around every two "
                    "of them and is added to their result.")
    figure.text(18, 30, "plain", 14, "bold", "start")
    x = chain(figure, 40, 70, [("conv", f"layer {k}") for k in (1, 2, 3, 4)])
    figure.arrow((x, 70), (x + GAP, 70))
    figure.text(18, 130, "with shortcuts", 14, "bold", "start")
    x, y = 40, 200
    for k in (1, 3):
        begin = x + 10
        x = chain(figure, x, y, [("conv", f"layer {k}"), ("conv", f"layer {k + 1}"), ("sum",)])
        figure.arrow((begin, y), (begin, y - 52), (x - 15, y - 52), (x - 15, y - 16))
    figure.arrow((x, y), (x + GAP, y))
    figure.write("plain_and_residual.svg")


def resnet50():
    figure = Figure(1010, 250, "ResNet-50",
                    "From left to right: zero padding, stage 1 with a convolution, BatchNorm, ReLU and max pooling, "
                    "stages 2 to 5 with one convolutional block each and two, three, five and two identity blocks, "
                    "average pooling, flatten and the dense output layer. Under each stage stands its output size.")
    x, y = 14, 110
    boxes = [("tensor", "input", "64x64x3"), ("pool", "zero pad", "(3, 3)"),
             ("conv", "stage 1", "conv 7x7 /2", "norm, ReLU", "max pool /2"),
             ("block", "stage 2", "1 conv block", "2 id blocks"), ("block", "stage 3", "1 conv block /2", "3 id blocks"),
             ("block", "stage 4", "1 conv block /2", "5 id blocks"), ("block", "stage 5", "1 conv block /2", "2 id blocks"),
             ("pool", "avg pool", "2x2"), ("conv", "flatten", "dense", "softmax")]
    sizes = ["", "70x70x3", "15x15x64", "15x15x256", "8x8x512", "4x4x1024", "2x2x2048", "1x1x2048", "6"]
    for k, ((kind, *lines), size) in enumerate(zip(boxes, sizes)):
        x = figure.box(x, y, kind, *lines, width=94, height=90)
        figure.text(x - 47, y + 66, size, 12)
        if k < len(boxes) - 1:
            figure.arrow((x, y), (x + 16, y))
            x += 16
    figure.text(16, 34, "ResNet-50", 16, "bold", "start")
    figure.text(16, 220, "/2: stride 2, which halves height and width.  "
                         "The numbers underneath are the output sizes for a 64x64 picture.", 13, "normal", "start")
    figure.write("resnet50.svg")


def main():
    plain_and_residual()
    block("two_layer_block.svg", "The two-layer form of a residual block",
          "Main path: convolution, BatchNorm, ReLU, convolution, BatchNorm. The shortcut leads from the input X "
          "around them; the sum of both goes through a last ReLU.",
          [(*CONV, "3x3"), NORM, RELU, (*CONV, "3x3"), NORM], [], 694)
    three = [(*CONV, "F1, 1x1"), NORM, RELU, (*CONV, "F2, f x f", "same"), NORM, RELU, (*CONV, "F3, 1x1"), NORM]
    block("identity_block.svg", "The identity block, three-layer form",
          "Main path: convolution 1x1 with F1 filters, BatchNorm, ReLU, convolution f x f with F2 filters, BatchNorm, "
          "ReLU, convolution 1x1 with F3 filters, BatchNorm. The shortcut adds the input X; a ReLU follows the sum.",
          three, [], 976)
    three[0] = (*CONV, "F1, 1x1", "stride s")
    block("convolutional_block.svg", "The convolutional block",
          "The main path is that of the identity block, with stride s in its first convolution. The shortcut has a "
          "convolution 1x1 with F3 filters and stride s, and a BatchNorm. A ReLU follows the sum.",
          three, [(*CONV, "F3, 1x1", "stride s"), NORM], 976)
    resnet50()


if __name__ == "__main__":
    main()
