"""Attacks as data: each file of tests/attacks is what one hostile student puts into the cell of identity_block.

`python -m tools.attack` runs them through `nbgrader autograde` and prints what they gained, `--stock` the same for stock
nbgrader without the kit (each in a sandbox of its own, because they succeed), and `--table` writes docs/attacks.md.

In a file, `# tries:` says what the attack is after (points, secret, trace or stop), `# about:` how, and `# expect:`,
where they are not the usual ones, the points of the three questions. `{course}`, `{home}` and `{port}` stand for the
course folder, the grader's home and a port where somebody listens. An attack that gets at a secret prints CANARY.
"""

import argparse
import concurrent.futures
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from tests.helpers.processes import adopt_orphans, left_behind
from tests.helpers.submissions import ASSIGNMENT, ROOT, make_course, read_header, solution_cells, write_submission
from tools.grade_class import ensure_assignment

QUESTIONS = ("identity_block", "convolutional_block", "ResNet50")
USUAL = {"identity_block": 0.0, "convolutional_block": 10.0, "ResNet50": 10.0}
WRONG = "def identity_block(X, f, filters, initializer=random_uniform):\n    return X\n\n"
KINDS = {
    "points": "points it has not earned",
    "secret": "something secret",
    "trace": "a trace left behind",
    "stop": "other questions or submissions spoiled",
}
SHARED = ("/tmp", "/dev/shm", "/var/tmp", "/run")


@dataclass
class Attack:
    name: str
    tries: str
    about: str
    expected: dict  # question: points
    code: str


def read_attacks(folder=ROOT / "tests" / "attacks"):
    attacks = []
    for path in sorted(folder.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        header = dict(read_header(text))
        expected = (
            {name: float(points) for name, points in (item.split() for item in header["expect"].split(", "))}
            if "expect" in header
            else USUAL
        )
        attacks.append(Attack(path.stem, header["tries"], header["about"], expected, text))
    return attacks


class Range:
    """A course with secrets in all the usual places, and somebody who listens to what gets out."""

    def __init__(self, folder):
        self.course, self.home = Path(folder) / "course", Path(folder) / "home"
        self.canary = f"CANARY-{secrets.token_hex(8)}"
        self.heard = []
        self.course.mkdir()
        (self.home / ".ssh").mkdir(parents=True)
        (self.home / ".ssh" / "id_rsa").write_text(self.canary)
        make_course(self.course)
        self._hide_canaries()
        self._listen()
        self.bystander = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(100000)", self.canary],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.before = adopt_orphans()
        self.environment = {**os.environ, "HOME": str(self.home), "ATTACK_TOKEN": self.canary}

    def _hide_canaries(self):
        (self.course / "source" / ASSIGNMENT / "hidden" / "note.txt").write_text(self.canary)
        path = self.course / "source" / ASSIGNMENT / "residual_networks.ipynb"
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            cell.source = cell.source.replace("### BEGIN SOLUTION\n", f"### BEGIN SOLUTION\n    # {self.canary}\n")
            cell.source = cell.source.replace("### BEGIN HIDDEN TESTS\n", f"### BEGIN HIDDEN TESTS\n# {self.canary}\n")
        nbformat.write(notebook, path)

    def _listen(self):
        tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
        tcp.bind(("127.0.0.1", 0))
        self.port = tcp.getsockname()[1]
        udp.bind(("127.0.0.1", self.port))
        abstract = socket.socket(socket.AF_UNIX)
        abstract.bind(f"\0attack-{self.port}")
        for listener in (tcp, abstract):
            listener.listen()
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        threading.Thread(target=lambda: [self.heard.append(udp.recv(100)) for _ in iter(int, 1)], daemon=True).start()

    def _accept(self, listener):
        while True:
            connection, _ = listener.accept()
            self.heard.append(connection.recv(100))
            connection.close()

    def write(self, name, code):
        """A submission of the second notebook only, with `code` in the first exercise's cell."""
        cells = {**solution_cells(), "identity_block": fill(code, self)}
        folder = write_submission(self.course, name, cells)
        (folder / "vanishing_gradients.ipynb").unlink()
        return folder

    def finish(self):
        self.bystander.kill()
        self.bystander.wait()

    # -------------------------------------------------------------- what an attack has gained

    def scores(self, student):
        """{question: points}, as nbgrader would export them; None where there is no grade."""
        try:
            with Gradebook(f"sqlite:///{self.course}/gradebook.db") as gradebook:
                notebook = gradebook.find_submission_notebook("residual_networks", ASSIGNMENT, student)
                found = {
                    grade.name.removeprefix("test_").lower(): grade.auto_score
                    if grade.manual_score is None
                    else grade.manual_score
                    for grade in notebook.grades
                }
        except Exception:  # never graded, or there is no gradebook any more
            return dict.fromkeys(QUESTIONS)
        return {name: found[name.lower()] for name in QUESTIONS}

    def outputs(self, student):
        """All that a student may see of a graded notebook beside its own source, and extra files: what must not hold
        CANARY, and, as pages repeat the attack's source, what must not hold the secret itself."""
        plain, pages = [], []
        for step in ("autograded", "feedback"):
            for path in (self.course / step / student).rglob("*"):
                if path.suffix == ".ipynb":
                    plain += [json.dumps(cell.get("outputs", [])) for cell in json.loads(path.read_text())["cells"]]
                elif path.is_file():
                    plain.append(path.name)
                    pages.append(path.read_text(errors="replace"))
        return "\n".join(plain), "\n".join(pages)

    def secrets_read(self, student):
        plain, pages = self.outputs(student)
        return "CANARY" in _without_source(plain) or self.canary in pages

    def files(self):
        """Files of the course, the home, shared folders and the Python installation that a grader would not change."""
        found = set()
        for top in (self.course, self.home):
            for path in top.rglob("*"):
                inside = path.relative_to(top).parts
                if (
                    path.is_file()
                    and not path.is_symlink()
                    and inside[0]
                    not in (
                        "autograded",
                        "feedback",
                        "submitted",
                        "gradebook.db",
                        "gradebook.db-journal",
                        "log.txt",
                        ".cache",
                        ".verdicts.db",
                        ".verdicts.db-journal",
                    )
                    and not (inside[0] in (".ipython", ".jupyter", ".keras") and "attack" not in path.name)
                ):
                    found.add((str(path), path.stat().st_size))
        for folder in (*SHARED, *sys.path, str(Path(json.__file__).parent / "__pycache__")):
            if os.path.isdir(folder):
                found |= {
                    (os.path.join(folder, name), 0)
                    for name in os.listdir(folder)
                    if "attack" in name.lower() or name == "sitecustomize.py"
                }
        return found

    def survivors(self):
        """Processes that an attack or a kernel has left, and that belong to no grader any more."""
        return left_behind(self.before)


def _without_source(text):
    """Tracebacks repeat the attack's own source, where CANARY is written in two parts."""
    return re.sub(r'CANARY-" in|"CANARY\[', "", text)


def fill(code, place):
    for key, value in (("{course}", place.course), ("{home}", place.home), ("{port}", place.port)):
        code = code.replace(key, str(value))
    return code


HONEST = ("honest_1", "kind_2", "zealous_3")  # they stand between the attackers, in the order of their names


def run_kit(attacks, place, settings=""):
    """Grade all attacks and honest students between them in one run of nbgrader, and make their feedback.

    Returns {attack: kinds of gains}, with "" for what cannot be told to one attack."""
    with open(place.course / "nbgrader_config.py", "a") as file:
        file.write("\nc.Execute.timeout = 12\nc.Sandbox.memory = 1500\n" + settings)
    ensure_assignment(place.course)
    solution = solution_cells()["identity_block"]
    folder = place.write("victim", solution)
    (folder / "notes.txt").write_text(place.canary)
    for attack in attacks:
        place.write(attack.name, WRONG + attack.code)
    for name in HONEST:
        place.write(name, solution)
    before, log = place.files(), ""
    for command in ("autograde", "generate_feedback"):
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", command, ASSIGNMENT],
            cwd=place.course,
            env=place.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        log += done.stdout.decode(errors="replace")
        (place.course / "log.txt").write_text(log)
    gained = {attack.name: gains(attack, place, attack.name) for attack in attacks}
    honest = [place.scores(name) == {**USUAL, "identity_block": 10.0} for name in ("victim", *HONEST)]
    gained[""] = general_gains(place, before, all(honest), done.returncode, log)
    return gained


def gains(attack, place, student):
    """What an attack has gained that can be told from its own submission, as words of KINDS."""
    found, scores = [], place.scores(student)
    if scores["identity_block"] is not None and scores["identity_block"] > attack.expected["identity_block"]:
        found.append("points")
    if place.secrets_read(student):
        found.append("secret")
    if any(scores[name] != attack.expected[name] for name in QUESTIONS[1:]):
        found.append("stop")
    return found


def general_gains(place, before, honest, status, log):
    """What somebody has gained: leaks by other ways, traces, honest students' grades, the batch and its log."""
    return [
        kind
        for kind, found in (
            ("secret", place.heard),
            ("trace", place.files() - before or place.survivors()),
            ("stop", not honest or status != 0 or "FORGED" in log or "\x1b" in log),
        )
        if found
    ]


# ------------------------------------------------------------------ the same attacks without the kit

STOCK_TESTS = {
    "test_identity_block": """
X = keras.Input((4, 4, 3))
model = Model(X, identity_block(X, f=2, filters=[4, 4, 3], initializer=glorot_uniform))
assert model.count_params() == {identity_block}
assert len([layer for layer in model.layers if isinstance(layer, BatchNormalization)]) == 3
value = identity_block(np.ones((1, 4, 4, 3), "float32"), f=2, filters=[4, 4, 3], initializer=lambda seed=0: constant(1))
np.testing.assert_allclose(np.mean(np.array(value), axis=-1)[0, 0, 0], 192.71236, rtol=1e-4)""",
    "test_convolutional_block": """
X = keras.Input((4, 4, 3))
model = Model(X, convolutional_block(X, f=2, filters=[2, 4, 6], s=2))
assert model.count_params() == {convolutional_block}
assert len([layer for layer in model.layers if isinstance(layer, BatchNormalization)]) == 4""",
    "test_resnet50": """
assert len(ResNet50().layers) > 0""",
}
PARAMETERS = {"identity_block": 143, "convolutional_block": 170}


def make_stock(place):
    """Turn the course into one whose tests assert in the kernel, as nbgrader's own are written, without the kit."""
    (place.course / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'stock'\nc.Execute.timeout = 12\n"
    )
    shutil.rmtree(place.course / "source" / ASSIGNMENT / "hidden")
    path = place.course / "source" / ASSIGNMENT / "residual_networks.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        test = STOCK_TESTS.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if test:
            # Tracebacks show some lines around the one that failed: the secret is not among them.
            cell.source = (
                f"### BEGIN HIDDEN TESTS\nsecret = '{place.canary}'\n"
                + "pass\n" * 12
                + f"{test.format(**PARAMETERS)}\n### END HIDDEN TESTS\n"
            )
    nbformat.write(notebook, path)
    (place.course / "source" / ASSIGNMENT / "vanishing_gradients.ipynb").unlink()


# Without limits these would take the machine with them.
TOO_MUCH = (
    "eat_memory",
    "eat_memory_in_children",
    "eat_memory_in_files",
    "fork_bomb",
    "thread_bomb",
    "fill_the_disk",
    "flood_unasked",
    "print_without_end",
    "display_without_end",
    "many_small_files",
)


def run_stock(attack, folder):
    """Run one attack against stock nbgrader; this process must itself be in a sandbox. Returns what it gained."""
    place = Range(folder)
    make_stock(place)
    ensure_assignment(place.course)

    def write(name, code):
        return write_submission(place.course, name, {**solution_cells(), "identity_block": fill(code, place)})

    write("zealous", solution_cells()["identity_block"])
    victim = place.course / "submitted" / "victim" / ASSIGNMENT
    victim.mkdir(parents=True)
    (victim / "notes.txt").write_text(place.canary)
    write("attacker", WRONG + attack.code)
    if attack.name.endswith("_2_read"):
        first = attack.name.replace("_2_read", "_1_write")
        write("a_friend", WRONG + next(a.code for a in read_attacks() if a.name == first))
    before, status, log = place.files(), None, ""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT],
            cwd=place.course,
            timeout=200,
            env=place.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        status, log = done.returncode, done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired:
        pass
    place.finish()
    honest = place.scores("zealous") == {**USUAL, "identity_block": 10.0}
    return sorted({*gains(attack, place, "attacker"), *general_gains(place, before, honest, status, log)})


def run_stock_in_a_sandbox(attack):
    """What run_stock says, run where it can do no harm."""
    command = [
        "bwrap",
        "--ro-bind",
        "/",
        "/",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--die-with-parent",
        "--dev",
        "/dev",
        "--proc",
        "/proc",
        "--tmpfs",
        "/var/tmp",
        "--tmpfs",
        "/run",
        "--tmpfs",
        "/tmp",
        "--setenv",
        "PATH",
        f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "--dir",
        "/tmp/lib",
        "--setenv",
        "PYTHONPATH",
        "/tmp/lib",
        "--dir",
        "/tmp/range",
        sys.executable,
        "-m",
        "tools.attack",
        "--one",
        attack.name,
    ]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    except subprocess.TimeoutExpired:
        return ["stop"]  # it took even the harness with it
    said = done.stdout.strip().splitlines()
    if (done.returncode > 0 and "Traceback" in done.stderr) or "Error while finding" in done.stderr:
        print(f"the harness failed on {attack.name}:\n{done.stderr[-2000:]}", file=sys.stderr)
        return "not measured"
    return json.loads(said[-1]) if said and not done.returncode else ["stop"]


def table(attacks, kit, stock):
    """docs/attacks.md: what each attack gained, with the kit and without."""

    def show(kinds):
        return "no" if not kinds else "**yes** (" + ", ".join(kinds) + ")" if isinstance(kinds, list) else kinds

    ran = [attack for attack in attacks if isinstance(stock[attack.name], list)]
    lines = [
        "# Attacks",
        "",
        f"Each of the {len(attacks)} files in `tests/attacks/` is what a hostile student puts into one cell. An attack "
        "succeeds if it gets points that it has not earned, something secret, leaves a trace, or spoils other questions or "
        "submissions. Written by `python -m tools.attack --table`.",
        "",
        f"With the kit {sum(bool(kit[attack.name]) for attack in attacks) + bool(kit[''])} succeed; with stock nbgrader, "
        f"whose tests assert in the kernel, {sum(bool(stock[attack.name]) for attack in ran)} of the {len(ran)} that were "
        "run.",
        "",
        "| attack | tries to gain | how | with the kit | stock nbgrader |",
        "|---|---|---|---|---|",
    ]
    for attack in attacks:
        about = attack.about.replace("|", "\\|")
        lines.append(
            f"| `{attack.name}` | {KINDS[attack.tries]} | {about} | {show(kit[attack.name])} | {show(stock[attack.name])} |"
        )
    return "\n".join(lines) + "\n"


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m tools.attack", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("attack", nargs="*", help="names of files in tests/attacks (default: all)")
    parser.add_argument("--stock", action="store_true", help="run them against stock nbgrader instead")
    parser.add_argument("--table", action="store_true", help="run both, and write docs/attacks.md")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    attacks = [attack for attack in read_attacks() if not options.attack or attack.name in options.attack]
    if options.one:
        print(json.dumps(run_stock(next(a for a in attacks if a.name == options.one), Path("/tmp/range"))))
        return 0
    gained, stock = {}, {}
    if options.stock or options.table:
        with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            results = pool.map(
                lambda attack: "not run" if attack.name in TOO_MUCH else run_stock_in_a_sandbox(attack), attacks
            )
            for attack, kinds in zip(attacks, results):
                stock[attack.name] = kinds
                print(f"stock {attack.name:32} {kinds}", flush=True)
    if not options.stock:
        with tempfile.TemporaryDirectory() as folder:
            place = Range(folder)
            gained = run_kit(attacks, place)
            place.finish()
        for name, kinds in gained.items():
            print(f"kit   {name or '(all together)':32} {kinds}")
    if options.table:
        (ROOT / "docs" / "attacks.md").write_text(table(attacks, gained, stock), encoding="utf-8")
    return 1 if any(gained.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
