"""Groups that are spelled as one: loops over a table of what their steps are told. Each takes the steps of a group."""

from .spelled import Spelled
from .spellings import block_arguments
from .wrapping import NotPossible


def settings_table(steps):
    """Components of convolution, BatchNormalization and perhaps ReLU as a loop over a table of their settings."""
    rows, k = [], 0
    while k < len(steps):
        ops = [step.op for step in steps[k : k + 3]]
        if ops[:2] != ["conv", "bn"] or steps[k + 1].settings != {"axis": "3"} or len(steps[k].settings) != 5:
            raise NotPossible
        active = ops[2:] == ["relu"]
        if active and steps[k + 2].settings["name"] != "'relu'":
            raise NotPossible
        s = steps[k].settings
        start = s["initializer"] or repr("glorot_uniform")
        rows.append(f"({s['filters']}, {s['size']}, {s['strides']}, {s['padding']}, {start}, {active})")
        k += 3 if active else 2
    lines = [
        f"for number, size, stride, padding, start, active in [{', '.join(rows)}]:",
        "    @x@ = Conv2D(number, size, strides=stride, padding=padding, kernel_initializer=start)(@x@)",
        "    @x@ = BatchNormalization(axis=3)(@x@)",
        "    @x@ = ReLU()(@x@) if active else @x@",
    ]
    return Spelled("", weights=True, lines=tuple(lines))


def range_loop(steps):
    """Equal blocks in a loop."""
    if (
        len(steps) < 2
        or any((s.op, s.settings) != (steps[0].op, steps[0].settings) for s in steps)
        or "block" not in steps[0].op
    ):
        raise NotPossible
    call = f"{steps[0].op}(@x@, {block_arguments(steps[0].op, steps[0].settings)})"
    return Spelled("", weights=True, lines=(f"for _ in range({len(steps)}):", f"    @x@ = {call}"))


def stages_table(steps):
    """Stages as a loop over a table: a convolutional block and equal identity blocks each."""
    rows = []
    for step in steps:
        if step.op == "convolutional_block" and len(step.settings) == 3:
            rows.append([step.settings, 0])
        elif step.op == "identity_block" and rows and step.settings == {k: v for k, v in rows[-1][0].items() if k != "s"}:
            rows[-1][1] += 1
        else:
            raise NotPossible
    table = ", ".join(f"({s['f']}, {s['filters']}, {s['s']}, {count})" for s, count in rows)
    lines = [
        f"for size, widths, stride, count in [{table}]:",
        "    @x@ = convolutional_block(@x@, size, widths, stride)",
        "    for _ in range(count):",
        "        @x@ = identity_block(@x@, size, widths)",
    ]
    return Spelled("", weights=True, lines=tuple(lines))


TABLES = {"table of settings": settings_table, "range": range_loop, "table of stages": stages_table}
