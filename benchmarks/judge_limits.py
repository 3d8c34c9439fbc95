"""What reading and judging cost at their limits: each quantity that a hand-in or a notebook controls grows by doubling up to
its limit, and time and the most memory are printed.

Run as `python -m benchmarks.judge_limits [NAME ...]` in the repository's root. Exits with 1 where a curve at its limit takes
more than 2 s or 300 MB, or grows faster than the quantity.
"""

import math
import sys
import tempfile
import time
from pathlib import Path

from autograder.grading import reading
from autograder.grading.harmless import harmless_texts, highlighted
from autograder.grading.helper import Helper, NoAnswer
from autograder.grading.judging import judged
from autograder.grading.pages import MAX_COLOURED, MAX_LINE, MAX_TEXT, MAX_TEXTS
from autograder.model import blueprint, hand_in
from tests.helpers import growth
from tests.helpers.growth import FOLDER

SECONDS, MEGABYTES = 2, 300
STEPS = 5  # doublings
BLOCK_NODES = hand_in.MAX_ALL_NODES // len(growth.reference("identity_block")["cases"]) - 1  # of each of its cases
NOISE = 0.1  # seconds below which times say nothing about growth
FASTER = 1.5  # the exponent of growth that counts as faster than linear: timings are noisy


def hand_ins():
    """{quantity: (limit, a function from a count to the text of a hand-in, the exercise)}"""
    return {
        "nodes in a row": (BLOCK_NODES, growth.chain, "identity_block"),
        "nodes that no step knows": (BLOCK_NODES, growth.unknown_chain, "identity_block"),
        "convolutions in a row": (BLOCK_NODES, growth.convolutions, "identity_block"),
        "branches": (BLOCK_NODES // 2, growth.branches, "identity_block"),
        "equal branches": (BLOCK_NODES // 5, growth.alike, "identity_block"),
        "inputs of all nodes": (blueprint.MAX_EDGES, growth.edges, "identity_block"),
        "products": (400, growth.products, "identity_block"),
        "places of a product": (1000, growth.large_products, "identity_block"),
        "inputs of one node": (blueprint.MAX_INPUTS, growth.fan_in, "identity_block"),
        "results that nothing uses": (BLOCK_NODES, growth.sinks, "identity_block"),
        "sums of sums": (40, growth.sums_of_sums, "identity_block"),
        "ladder of sums": (BLOCK_NODES // 2, growth.ladder, "identity_block"),
        "settings of a node": (blueprint.MAX_PARTS - 4, growth.settings, "identity_block"),
        "characters of settings": (blueprint.MAX_TEXT, growth.texts, "identity_block"),
        "places of a large tensor": (1000, growth.large_tensors, "identity_block"),
        "enlarged tensors": (200, growth.enlarged, "identity_block"),
        "convolutions in a network": (blueprint.MAX_NODES - 1, growth.convolutions, "ResNet50"),
        "convolutions in both modes": (hand_in.MAX_ALL_NODES // 6 - 1, growth.both_modes, "ResNet50"),
        "blocks in a row": (blueprint.MAX_NODES - 1, growth.blocks, "ResNet50"),
        "numbers of an array": (hand_in.MAX_VALUES, growth.array, "gradient_norms"),
        "digits": (hand_in.MAX_DIGITS, growth.digits, "gradient_norms"),
        "nesting": (hand_in.MAX_NESTING, growth.nesting, "gradient_norms"),
        "cases": (1000, growth.cases, "identity_block"),
        "characters": (hand_in.MAX_HAND_IN, growth.characters, "identity_block"),
    }


def notebooks():
    """{quantity: (limit, a function from a count to the bytes of a notebook)}"""
    return {
        "cells": (reading.MAX_CELLS, growth.cells),
        "characters of a line": (reading.MAX_TEXT, growth.line),
        "lines": (reading.MAX_PARTS - 100, growth.lines),
        "outputs": (reading.MAX_PARTS // 6, growth.outputs),
        "values": (reading.MAX_PARTS - 100, growth.values),
        "bytes of outputs": (reading.MAX_FILE - 1000, growth.output_bytes),
        "wide characters of outputs": (reading.MAX_FILE - 1000, growth.wide_bytes),
        "attachments": (reading.MAX_ATTACHED, growth.attachments),
        "marks of conflicts": (reading.MAX_MENDED // 20, growth.conflicts),
        "quotes": (reading.MAX_FILE, growth.quotes),
        "escapes": (reading.MAX_FILE, growth.escapes),
        "word quotes": (reading.MAX_MENDED, growth.word_quotes),
    }


def codes():
    """{quantity: (limit, a function from a count to a cell's code with a word processor's quotation mark)}"""
    ends = {
        "?": "x?\n",
        "??": "?x\n",
        "%": "%x\n",
        "!": "x = !y\n",
        "(": "(",
        "“": "“",
        "lines": "\n",
        "-": "-",
        "sum": "1+",
    }
    return {
        f"code of {name!r}": (reading.MAX_CODE, lambda n, each=each: each * (n // len(each)) + "“")
        for name, each in ends.items()
    }


def texts():
    signs = ("[", "*a_", "|-|-|\n", "> ", "\\begin{a}", "`", "$", "- a\n ", "<b>", "![](a)")
    return {f"Markdown of {sign!r}": (MAX_TEXTS, lambda n, sign=sign: (sign * n)[:n]) for sign in signs}


def coloured():
    signs = ("a.", "f'{", '"""', "(", "x?", "1_", "\\", "%")
    line = MAX_LINE - 1
    return {
        f"coloured {sign!r}": (MAX_COLOURED, lambda n, sign=sign: "\n".join([(sign * line)[:line]] * (n // (line + 1))))
        for sign in signs
    }


def measured(function, *arguments, body=b""):
    """Seconds of computing and MB that a call takes in the helper, beside what it has before."""
    helper = Helper(seconds=20, memory=4000)
    helper.call(growth.nothing)
    result = helper.call(growth.measure, function.__module__, function.__name__, list(arguments), body=body or b" ")
    return result["seconds"], result["megabytes"]


def curves(wanted):
    """(name, limit, count to time and memory) of all quantities whose names hold one of some words."""
    with tempfile.TemporaryDirectory() as folder:
        for name, (limit, make, exercise) in hand_ins().items():
            calls = lambda n, make=make, exercise=exercise: (  # noqa: E731
                judged,
                str(FOLDER),
                exercise,
                make(exercise, n),
                "",
                str(Path(folder) / "verdicts.db"),
            )
            yield name, limit, lambda n, calls=calls: measured(*calls(n))
        for name, (limit, make) in notebooks().items():
            yield name, limit, lambda n, make=make: measured(reading.read, body=make(n))
        for name, (limit, make) in codes().items():
            yield name, limit, lambda n, make=make: measured(reading.with_plain_quotes, [make(n)])
        for name, (limit, make) in texts().items():
            cells = lambda n, make=make: [(make(MAX_TEXT), {}, True)] * max(1, n // MAX_TEXT)  # noqa: E731
            yield name, limit, lambda n, cells=cells: measured(harmless_texts, cells(n))
        for name, (limit, make) in coloured().items():
            yield name, limit, lambda n, make=make: measured(highlighted, make(n), "ipython3", {})


def main(wanted):
    bad = []
    print(f"a call of the helper process: {overhead():.2f} ms")
    print(f"{'quantity':32}{'count':>12}{'seconds':>10}{'MB':>8}   growth and curve")
    for name, limit, measure in curves(wanted):
        if wanted and not any(word in name for word in wanted):
            continue
        times, memory, counts = [], [], sorted({max(1, limit >> step) for step in range(STEPS)})
        for count in counts:
            try:
                seconds, megabytes = measure(count)
            except NoAnswer as error:
                print(f"{name:32}{count:12,}   {error}", flush=True)
                seconds, megabytes = math.inf, math.inf
            times.append(seconds)
            memory.append(megabytes)
        exponent = growth_of(counts, times)
        verdict = "" if max(times) < SECONDS and max(memory) < MEGABYTES and exponent < FASTER else "  !"
        bad += [name] if verdict else []
        curve = " ".join(f"{seconds:.3f}" for seconds in times)
        print(f"{name:32}{limit:12,}{max(times):10.3f}{max(memory):8.0f}   {exponent:4.1f}: {curve}{verdict}", flush=True)
    print(f"above {SECONDS} s, {MEGABYTES} MB or linear growth: {', '.join(bad) or 'none'}")
    return 1 if bad else 0


def overhead(calls=200):
    """Milliseconds that a call takes which does nothing."""
    helper = Helper()
    helper.call(growth.nothing)
    start = time.perf_counter()
    for _ in range(calls):
        helper.call(growth.nothing)
    return 1000 * (time.perf_counter() - start) / calls


def growth_of(counts, times):
    """The exponent of the last doublings whose times say something."""
    told = [(count, seconds) for count, seconds in zip(counts, times) if NOISE <= seconds < math.inf]
    if len(told) < 3:
        return math.inf if math.inf in times else 0.0
    (first, before), (last, after) = told[-3], told[-1]
    return math.log(after / before) / math.log(last / first)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
