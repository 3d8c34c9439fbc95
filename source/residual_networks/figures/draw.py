"""Draw the notebooks' figures: `python source/residual_networks/figures/draw.py` writes the SVG files again."""

from pathlib import Path

from autograder.model.drawing import Drawing

GAP = 16
WIDTHS = {"conv": 86, "norm": 84, "relu": 52}


def write(figure, name):
    Path(__file__).with_name(name).write_text(figure.svg(), encoding="utf-8")


def chain(figure, x, y, boxes):
    """A row of boxes joined by arrows, from x on; returns the right edge of the last one."""
    for kind, *lines in boxes:
        figure.arrow((x, y), (x + GAP, y))
        x = figure.plus(x + GAP, y) if kind == "sum" else figure.box(x + GAP, y, kind, *lines, width=WIDTHS[kind], height=58)
    return x


CONV = ("conv", "Conv2D")
NORM, RELU = ("norm", "BatchNorm"), ("relu", "ReLU")


def block(name, title, text, main, shortcut, width):
    """A residual block: the main path below, the shortcut above, their sum and a last ReLU."""
    top, bottom, start = 62, 152, 74
    figure = Drawing(width, 214, title, text)
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
    write(figure, name)


def plain_and_residual():
    figure = Drawing(
        640,
        250,
        "Plain layers and the same layers with shortcuts",
        "Above, four layers in a row. Below, the same four layers, where a line leads around every two "
        "of them and is added to their result.",
    )
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
    write(figure, "plain_and_residual.svg")


def resnet50():
    figure = Drawing(
        1010,
        250,
        "ResNet-50",
        "From left to right: zero padding, stage 1 with a convolution, BatchNorm, ReLU and max pooling, "
        "stages 2 to 5 with one convolutional block each and two, three, five and two identity blocks, "
        "average pooling, flatten and the dense output layer. Under each stage stands its output size.",
    )
    x, y = 14, 110
    boxes = [
        ("tensor", "input", "64x64x3"),
        ("pool", "zero pad", "(3, 3)"),
        ("conv", "stage 1", "conv 7x7 /2", "norm, ReLU", "max pool /2"),
        ("block", "stage 2", "1 conv block", "2 id blocks"),
        ("block", "stage 3", "1 conv block /2", "3 id blocks"),
        ("block", "stage 4", "1 conv block /2", "5 id blocks"),
        ("block", "stage 5", "1 conv block /2", "2 id blocks"),
        ("pool", "avg pool", "2x2"),
        ("conv", "flatten", "dense", "softmax"),
    ]
    sizes = ["", "70x70x3", "15x15x64", "15x15x256", "8x8x512", "4x4x1024", "2x2x2048", "1x1x2048", "6"]
    for k, ((kind, *lines), size) in enumerate(zip(boxes, sizes)):
        x = figure.box(x, y, kind, *lines, width=94, height=90)
        figure.text(x - 47, y + 66, size, 12)
        if k < len(boxes) - 1:
            figure.arrow((x, y), (x + 16, y))
            x += 16
    figure.text(16, 34, "ResNet-50", 16, "bold", "start")
    figure.text(
        16,
        220,
        "/2: stride 2, which halves height and width.  The numbers underneath are the output sizes for a 64x64 picture.",
        13,
        "normal",
        "start",
    )
    write(figure, "resnet50.svg")


def main():
    plain_and_residual()
    block(
        "two_layer_block.svg",
        "The two-layer form of a residual block",
        "Main path: convolution, BatchNorm, ReLU, convolution, BatchNorm. The shortcut leads from the input X "
        "around them; the sum of both goes through a last ReLU.",
        [(*CONV, "3x3"), NORM, RELU, (*CONV, "3x3"), NORM],
        [],
        694,
    )
    three = [(*CONV, "F1, 1x1"), NORM, RELU, (*CONV, "F2, f x f", "same"), NORM, RELU, (*CONV, "F3, 1x1"), NORM]
    block(
        "identity_block.svg",
        "The identity block, three-layer form",
        "Main path: convolution 1x1 with F1 filters, BatchNorm, ReLU, convolution f x f with F2 filters, BatchNorm, "
        "ReLU, convolution 1x1 with F3 filters, BatchNorm. The shortcut adds the input X; a ReLU follows the sum.",
        three,
        [],
        976,
    )
    three[0] = (*CONV, "F1, 1x1", "stride s")
    block(
        "convolutional_block.svg",
        "The convolutional block",
        "The main path is that of the identity block, with stride s in its first convolution. The shortcut has a "
        "convolution 1x1 with F3 filters and stride s, and a BatchNorm. A ReLU follows the sum.",
        three,
        [(*CONV, "F3, 1x1", "stride s"), NORM],
        976,
    )
    resnet50()


if __name__ == "__main__":
    main()
