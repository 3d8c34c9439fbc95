"""Fuzzing of everything that reads what students wrote: `python -m tools.fuzz --inputs 200000`.

Each harness (see fuzz_targets.py) takes bytes. Inputs are seeds of the repository, changed at random, byte by byte or as
JSON; those that reach lines that none before has reached are kept, and changed further. Prints executions, exceptions and
the slowest input of each harness; with the same --seed the same inputs are tried. Exits with 1 after an exception that is
not the reader's own, or an input above 2 s; such inputs are written to build/fuzz/.
"""

import argparse
import copy
import json
import os
import random
import sys
import time
import traceback

from autograder.model.blueprint import HAND_IN
from tests.helpers.submissions import ROOT
from tools.fuzz_targets import harnesses

SECONDS = 2  # for one input
LEAST = 20  # inputs for each harness, however little time there is
TRACED = 10  # of so many inputs, the lines of one are looked at
VALUES = [
    None,
    True,
    0,
    -1,
    1.5,
    1e300,
    10**6,
    "",
    "x" * 300,
    "same",
    "\ud800",
    "\x1b[31m",
    "<script>",
    [],
    {},
    [[]],
    [1, 2],
]
VALUES += ["Conv2D", "Add", "Flatten", "ZeroPadding2D", "block:identity_block", "text/html", "image/png", HAND_IN, {"a": 1}]
TOKENS = [
    b'"',
    b"\\",
    b"[",
    b"]",
    b"{",
    b"}",
    b",",
    b":",
    b"\x00",
    b"\xff",
    b"\xe2\x80\x9c",
    b"\xed\xa0\x80",
    b"\n",
    b" " * 50,
]
TOKENS += [
    b"<<<<<<< a\n",
    b"=======\n",
    b">>>>>>> b\n",
    b"9" * 50,
    b"1e999",
    b"NaN",
    b"-Infinity",
    b"\\ud800",
    b"PK\x03\x04",
]
TOKENS += [
    b"<script>",
    b"<img src=x onerror=y>",
    b"](javascript:x)",
    b"$",
    b"`",
    b"```\n",
    b"|-|\n",
    b"&#0;",
    b"../",
    b"/",
    b"_",
]
TOKENS += [
    b"%%html\n",
    b"x?\n",
    b"!ls\n",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"[" * 50,
    b'{"a":' * 20,
    b"\x1b]0;",
    b"\xe2\x80\xae",
]


# ------------------------------------------------------------------ changing inputs


def changed(corpus, rng):
    """An input that is one of the corpus, changed."""
    data = rng.choice(corpus)
    if rng.random() < 0.4:
        data = _changed_json(data, rng)
    for _ in range(rng.choice([0, 1, 1, 2, 4])):
        data = _changed_bytes(data, corpus, rng)
    return data[:200_000]


def _changed_bytes(data, corpus, rng):
    at, length = rng.randrange(len(data) + 1), rng.choice([0, 1, 1, 4, 30, 500])
    other = rng.choice(corpus)
    there = rng.randrange(len(other) + 1)
    pieces = (b"", rng.choice(TOKENS), rng.choice(TOKENS) * rng.choice([2, 10, 300]), rng.randbytes(3))
    piece = rng.choice([*pieces, data[at : at + length] * 2, other[there : there + length]])
    return data[:at] + piece + data[at + rng.choice([0, length]) :]


def _changed_json(data, rng):
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return data
    for _ in range(rng.randint(1, 4)):
        part = value
        while isinstance(part, (dict, list)) and part:
            key = rng.choice(list(part) if isinstance(part, dict) else range(len(part)))
            if not isinstance(part[key], (dict, list)) or not part[key] or rng.random() < 0.2:
                part[key] = copy.deepcopy(rng.choice(VALUES))
                break
            part = part[key]
    return json.dumps(value).encode()


# ------------------------------------------------------------------ running


def lines_of(run, data):
    """The lines of this package that a run reaches: {(file, line)}."""
    found = set()

    def trace(frame, event, argument):
        if f"{os.sep}autograder{os.sep}" not in frame.f_code.co_filename:
            return None
        found.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run(data)
    finally:
        sys.settrace(before)
    return found


def step(harness, rng):
    """Try one input more."""
    data = changed(harness.corpus, rng)
    harness.executions += 1
    start = time.process_time()
    try:
        harness.run(data)
        seconds = time.process_time() - start
        if harness.executions % TRACED == 0 and (new := lines_of(harness.run, data) - harness.lines):
            harness.lines |= new
            harness.corpus.append(data)
    except Exception as error:
        seconds = time.process_time() - start
        where = traceback.extract_tb(error.__traceback__)[-1]
        _keep(harness, data, f"{type(error).__name__}: {str(error)[:150]} ({where.name}, line {where.lineno})")
    harness.slowest = max(harness.slowest, seconds)
    if seconds > SECONDS:
        _keep(harness, data, f"it took {seconds:.1f} s")


def _keep(harness, data, why):
    folder = ROOT / "build" / "fuzz"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{harness.run.__name__}_{len(harness.failures)}"
    path.write_bytes(data)
    harness.failures.append(f"{why}: {path.relative_to(ROOT)}")


def fuzz(inputs, seconds, seed=0, names=()):
    """Fuzz all harnesses, or those of some names, until so many inputs were tried or so many seconds have gone:
    {name: Harness}."""
    running = {name: harness for name, harness in harnesses().items() if not names or name in names}
    whole, end = sum(harness.share for harness in running.values()), time.monotonic() + seconds
    for number, (name, harness) in enumerate(running.items()):
        harness.corpus, rng, now = harness.seeds(), random.Random(f"{name} {seed}"), time.monotonic()
        until = now + (end - now) / (len(running) - number)
        while harness.executions < LEAST or (
            harness.executions < inputs * harness.share / whole and time.monotonic() < until
        ):
            step(harness, rng)
    return running


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--inputs", type=int, default=10_000, help="inputs over all harnesses")
    parser.add_argument("--seconds", type=float, default=3600, help="seconds over all harnesses, at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("names", nargs="*", help="harnesses, for example 'report'; all, if none is named")
    options = parser.parse_args(arguments)
    done = fuzz(options.inputs, options.seconds, options.seed, options.names)
    print(f"{'harness':18}{'inputs':>9}{'kept':>6}{'lines':>7}{'exceptions':>12}{'slowest':>10}")
    for name, each in done.items():
        found = f"{len(each.corpus):6}{len(each.lines):7}{len(each.failures):12}{each.slowest:8.2f} s"
        print(f"{name:18}{each.executions:9,}{found}")
    failures = [f"{name}: {failure}" for name, each in done.items() for failure in each.failures]
    print(f"{sum(each.executions for each in done.values()):,} inputs, {len(failures)} exceptions or slow inputs")
    print("".join(f"    {failure}\n" for failure in failures[:50]), end="")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
