"""Run the attacks of tests/attacks against the kit, and print what they gained.

`python -m tools.attack` grades them all as one class, with warm kernels. Names choose some of them; `--command` and
`--cold` choose another way of grading, `--all-ways` all ways. `--stock` runs nbgrader without the kit, and `--table` writes
docs/attacks.md.
"""

import argparse
import concurrent.futures
import os
import re
import resource
import subprocess
import sys
import tempfile
import time

from tests.helpers.attacks import HONEST, KINDS, Range, gains, general_gains, read_attacks
from tests.helpers.submissions import ASSIGNMENT, ROOT, solution_cells
from tools.attack_stock import TOO_MUCH, run_stock_in_a_sandbox
from tools.grade_class import ensure_assignment

JOBS = 4  # many attacks only wait for a limit
CELL_SECONDS, NOTEBOOK_SECONDS = 8, 60
SLOWEST_SECONDS = 120 + 30  # for a submission: whoever takes longer keeps the others waiting
SECONDS_EACH = 30  # that a command may take for each submission besides
LARGEST_BYTES = 3_000_000_000  # of the largest process: more than a kernel may have, with the libraries that it shares
COMMANDS = {
    "class": [["autograder", "grade", ASSIGNMENT, f"--jobs={JOBS}", "--verbose"], ["autograder", "feedback", ASSIGNMENT]],
    "nbgrader": [["nbgrader", "autograde", ASSIGNMENT], ["nbgrader", "generate_feedback", ASSIGNMENT]],
}
WARM = ""
COLD = "c.Sandbox.warm = False\nc.Execute.timeout = 30\nc.ExecuteByQuestion.notebook_timeout = 120\n"  # importing takes long
WAYS = [(command, settings) for command in COMMANDS for settings in (WARM, COLD)]


def run_kit(attacks, place, command="class", settings=WARM, honest=HONEST):
    """Grade all attacks and honest students between them as one class, and make their feedback.

    command: a key of COMMANDS; settings: further lines of nbgrader_config.py; honest: names of honest students.
    Returns {attack: kinds of gains}, with "" for what cannot be told to one attack."""
    limits = f"c.Execute.timeout = {CELL_SECONDS}\nc.ExecuteByQuestion.notebook_timeout = {NOTEBOOK_SECONDS}\n"
    with open(place.course / "nbgrader_config.py", "a") as file:
        file.write(f"\n{limits}c.Sandbox.memory = 1000\nc.Sandbox.messages = 1000\n{settings}")
    ensure_assignment(place.course)
    solution = solution_cells()["identity_block"]
    folder = place.write("victim", solution)
    (folder / "notes.txt").write_text(place.canary)
    for attack in attacks:
        place.write_attack(attack)
    for name in honest:
        place.write(name, solution)
    before, log, failed = place.files(), "", 0
    slow = []
    for arguments in COMMANDS[command]:
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=place.course,
            env=place.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        log, failed = log + done.stdout.decode(errors="replace"), failed or done.returncode
        (place.course / "log.txt").write_text(log)
        if time.monotonic() - started > SLOWEST_SECONDS + SECONDS_EACH * (len(attacks) + len(honest)):
            slow.append(arguments[1])
    gained = {attack.name: gains(attack, place, attack.student) for attack in attacks}
    all_right = all(place.is_honest(name) for name in ("victim", *honest))
    slow += [name for name, taken in re.findall(r"(\w+) \((\d+)\.\d s\)", log) if int(taken) > SLOWEST_SECONDS]
    large = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 > LARGEST_BYTES
    gained[""] = general_gains(place, before, all_right and not slow and not large, failed, log)
    return gained


def show_kit(attacks, command, settings):
    """Run attacks in one way and print what they gained; returns that."""
    with tempfile.TemporaryDirectory() as folder:
        place = Range(folder)
        gained = run_kit(attacks, place, command, settings)
        seen = place.heard, sorted(place.files()), place.survivors()
        place.finish()
        log = (place.course / "log.txt").read_text()
    for name, kinds in gained.items():
        print(f"{command:9} {'cold' if settings else 'warm'} {name or '(all together)':40} {kinds}")
    if gained[""]:
        print(*seen[0], *seen[2], log[-3000:], sep="\n")
    return gained


def run_stock(attacks):
    """What the attacks gain against nbgrader without the kit."""
    stock = {}
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        results = pool.map(lambda attack: "not run" if attack.name in TOO_MUCH else run_stock_in_a_sandbox(attack), attacks)
        for attack, kinds in zip(attacks, results):
            stock[attack.name] = kinds
            print(f"stock {attack.name:40} {kinds}", flush=True)
    return stock


def show(kinds):
    """What an attack gained, as the table says it."""
    return "no" if not kinds else "**yes** (" + ", ".join(kinds) + ")" if isinstance(kinds, list) else kinds


def table(attacks, kit, stock):
    """docs/attacks.md: what each attack gained, with the kit and without, and what it gained when it was found."""
    lines = [*introduction(attacks, kit, stock), "", "## Table", ""]
    lines += [
        "| attack | tries to gain | how | with the kit | when tried first | stock nbgrader |",
        "|---|---|---|---|---|---|",
    ]
    for attack in attacks:
        about = attack.about.replace("|", "\\|")
        then = "" if attack.then is None else show([] if attack.then == "nothing" else attack.then.split(", "))
        lines.append(
            f"| `{attack.name}` | {KINDS[attack.tries]} | {about} | {show(kit[attack.name])} | {then} | "
            f"{show(stock[attack.name])} |"
        )
    return "\n".join(lines) + "\n"


def introduction(attacks, kit, stock):
    """The lines above the table of attacks."""
    ran = [attack for attack in attacks if isinstance(stock[attack.name], list)]
    later = [attack for attack in attacks if attack.then is not None]
    successful = [attack for attack in later if attack.then != "nothing"]
    return [
        "# Attacks",
        "",
        f"Each of the {len(attacks)} files in `tests/attacks/` is a hostile student: what goes into a cell, or is handed in "
        "beside it. An attack succeeds if it gets points that it has not earned, something secret, leaves a trace, or "
        "spoils other questions or submissions. Written by `python -m tools.attack --table`.",
        "",
        f"With the kit {sum(bool(kit[attack.name]) for attack in attacks) + bool(kit[''])} succeed; with stock nbgrader, "
        f"whose tests assert in the kernel, {sum(bool(stock[attack.name]) for attack in ran)} of the {len(ran)} that were "
        "run.",
        "",
        "## Who wrote them",
        "",
        f"{len(attacks) - len(later)} were written by the people who built the kit, while they built it, and none of them "
        "succeeded. Then somebody who had not built it tried some forty others: about 25 gained something. So "
        f"those results had proved little. The other {len(later)} were written after that, by the builders and by three "
        "more who had not built it and tried the mended kit, in other places: the second found nine holes more, the third "
        "four, in messages and devices, the fourth four, in scheduling, messages, counting and what the machine keeps of "
        "files. *When tried first* says what each of these had gained before its hole was mended: "
        f"{len(successful)} had gained something. So expect that there are more.",
    ]


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m tools.attack", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("attack", nargs="*", help="names of files in tests/attacks (default: all)")
    parser.add_argument("--command", choices=COMMANDS, default="class", help="what grades them")
    parser.add_argument("--cold", action="store_true", help="start each kernel anew, instead of forking it")
    parser.add_argument("--all-ways", action="store_true", help="both commands, warm and cold")
    parser.add_argument("--stock", action="store_true", help="run them against stock nbgrader instead")
    parser.add_argument("--table", action="store_true", help="run both, and write docs/attacks.md")
    options = parser.parse_args(arguments)
    if unknown := set(options.attack) - {attack.name for attack in read_attacks()}:
        parser.error(f"tests/attacks holds no {', '.join(sorted(unknown))}")
    if options.table and (options.attack or options.stock):
        parser.error("--table is of all attacks, with and without the kit")
    attacks = [attack for attack in read_attacks() if not options.attack or attack.name in options.attack]
    stock = run_stock(attacks) if options.stock or options.table else {}
    ways = WAYS if options.all_ways else [(options.command, COLD if options.cold else WARM)]
    results = [] if options.stock else [show_kit(attacks, *way) for way in ways]
    if options.table:
        (ROOT / "docs" / "attacks.md").write_text(table(attacks, results[0], stock), encoding="utf-8")
    return 1 if any(any(gained.values()) for gained in results) else 0


if __name__ == "__main__":
    sys.exit(main())
