"""Attacks as data, and a course to run them in.

Each file of tests/attacks is one hostile student: what goes into the cell of identity_block and, where that is not enough,
the folder that is handed in. In its first lines, `# tries:` says what the attack is after (points, secret, trace or stop),
`# about:` how, `# expect:` the points of the three questions, where they are not the usual ones (`nothing`: it is not
graded), and `# then:` what it gained when it was tried first (`nothing`, or words of KINDS), if it came after the others.
`{course}`, `{home}` and `{port}` stand for the course folder, the grader's home and a port where somebody listens.
An attack that gets at a secret prints CANARY.

A line `# %% beside NAME` begins a file that lies beside the notebook, `# %% at home` Python that changes what is handed in:
`folder` is its path.
"""

import ctypes
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from autograder.grading.pictures import is_picture

from .processes import adopt_orphans, left_behind
from .submissions import ASSIGNMENT, ROOT, make_course, read_header, solution_cells, write_submission

QUESTIONS = ("identity_block", "convolutional_block", "ResNet50")
USUAL = {"identity_block": 0.0, "convolutional_block": 10.0, "ResNet50": 10.0}
HONEST = ("honest_1", "kind_2", "zealous_3")  # they stand between the attackers, in the order of their names
WRONG = "def identity_block(X, f, filters, initializer=random_uniform):\n    return X\n\n"
KINDS = {
    "points": "points it has not earned",
    "secret": "something secret",
    "trace": "a trace left behind",
    "stop": "other questions or submissions spoiled",
}
FEW_TEXTS = 4  # text cells that the notebook keeps
SHARED = ("/tmp", "/dev/shm", "/var/tmp", "/run")
SESSION_KEYRING = -3
# In pages: characters that change a terminal or turn a line around, and what a browser runs or loads.
HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff]")
ACTIVE = re.compile(r"<(script|iframe|form|object|embed|base)\b|<meta[^>]*refresh", re.I)
MOST_CHARACTERS = 30_000_000  # of a submission's outputs and pages
CHANGED = {  # by every grader, in a course or a home
    "autograded",
    "feedback",
    "submitted",
    "gradebook.db",
    "gradebook.db-journal",
    "log.txt",
    ".cache",
    ".verdicts.db",
    ".verdicts.db-journal",
}


@dataclass
class Attack:
    name: str
    tries: str
    about: str
    expected: dict  # question: points, or None where nothing is graded
    code: str
    then: str | None = None  # what it gained when it was tried first, if it came after the others
    beside: dict = field(default_factory=dict)  # name: text of a file beside the notebook
    at_home: str = ""  # Python that changes the folder

    @property
    def student(self):
        """Its student: what one leaves for another is left at the beginning and looked for at the end."""
        return {"_1_write": "a_", "_2_read": "z_"}.get(re.sub(r".*(_\d_\w+)$", r"\1", self.name), "") + self.name


def read_attacks(folder=ROOT / "tests" / "attacks"):
    return [read_attack(path) for path in sorted(folder.glob("*.py"))]


def read_attack(path):
    text = path.read_text(encoding="utf-8")
    header, expected = dict(read_header(text)), USUAL
    if missing := {"tries", "about"} - set(header):
        raise ValueError(f"{path}: its first lines do not say {' and '.join(sorted(missing))}; see tests/helpers/attacks.py")
    if header.get("expect") == "nothing":
        expected = dict.fromkeys(QUESTIONS)
    elif "expect" in header:
        expected = {name: float(points) for name, points in (item.split() for item in header["expect"].split(", "))}
    code, *parts = re.split(r"^# %% (.+)\n", text, flags=re.M)
    attack = Attack(path.stem, header["tries"], header["about"], expected, code, header.get("then"))
    for name, content in zip(parts[::2], parts[1::2]):
        if name == "at home":
            attack.at_home = content
        else:
            attack.beside[name.removeprefix("beside ")] = content
    return attack


class Range:
    """A course with secrets in all the usual places, and somebody who listens to what gets out."""

    def __init__(self, folder, questions=QUESTIONS):
        self.course, self.home, self.questions = Path(folder) / "course", Path(folder) / "home", questions
        self.canary = f"CANARY-{secrets.token_hex(8)}"
        self.heard = []
        self.course.mkdir()
        (self.home / ".ssh").mkdir(parents=True)
        (self.home / ".ssh" / "id_rsa").write_text(self.canary)
        make_course(self.course)
        (self.course / "source" / ASSIGNMENT / "vanishing_gradients.ipynb").unlink()  # one notebook is enough
        self._hide_canaries()
        _add_key(b"attack-canary", self.canary.encode())
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
        graded = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]
        texts = [cell for cell in notebook.cells if cell.cell_type != "code"]
        del notebook.cells[notebook.cells.index(graded[-1]) + 1 :]  # nothing is graded there, and it takes half of the time
        for cell, name in zip(graded, QUESTIONS, strict=True):
            if name not in self.questions:
                notebook.cells.remove(cell)
        for cell in texts[FEW_TEXTS:]:  # they take half of the time that feedback takes
            if cell in notebook.cells:
                notebook.cells.remove(cell)
        for cell in notebook.cells:
            cell.source = cell.source.replace("### BEGIN SOLUTION\n", f"### BEGIN SOLUTION\n    # {self.canary}\n")
            cell.source = cell.source.replace("### BEGIN HIDDEN TESTS\n", f"### BEGIN HIDDEN TESTS\n# {self.canary}\n")
        nbformat.write(notebook, path)

    def _listen(self):
        tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
        tcp.bind(("127.0.0.1", 0))
        self.port = tcp.getsockname()[1]
        udp.bind(("127.0.0.1", self.port))
        abstract, path = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        abstract.bind(f"\0attack-{self.port}")
        path.bind(f"{self.home}/socket")
        for listener in (tcp, abstract, path):
            listener.listen()
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        threading.Thread(target=lambda: [self.heard.append(udp.recv(100)) for _ in iter(int, 1)], daemon=True).start()

    def _accept(self, listener):
        while True:
            connection, _ = listener.accept()
            self.heard.append(connection.recv(100))
            connection.close()

    def write(self, name, code):
        """A submission with `code` in the first exercise's cell."""
        cells = {**solution_cells(), "identity_block": fill(code, self)}
        return write_submission(self.course, name, cells)

    def write_attack(self, attack, write=None, student=None):
        """What an attacker hands in. `write` is `self.write`, unless the course is another."""
        folder = (write or self.write)(student or attack.student, WRONG + attack.code)
        for name, text in attack.beside.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(fill(text, self))
        exec(compile(fill(attack.at_home, self), attack.name, "exec"), {"folder": folder})

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
            return dict.fromkeys(self.questions)
        return {name: found[name.lower()] for name in self.questions}

    def is_honest(self, student):
        """Whether somebody whose answers are right has all points."""
        return self.scores(student) == dict.fromkeys(self.questions, 10.0)

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
                    if path.suffix != ".zip":  # the attack's own, and no text
                        pages.append(path.read_text(errors="replace"))
        return "\n".join(plain), "\n".join(pages)

    def secrets_read(self, student):
        plain, pages = self.outputs(student)
        return "CANARY" in _without_source(plain) or self.canary in pages

    def files(self):
        """Files of the course, the home, shared folders and the Python installation that a grader would not change."""
        found = set()
        for top in (self.course, self.home):
            for here, folders, names in os.walk(top):
                if Path(here) == top:
                    folders[:] = [name for name in folders if name not in CHANGED]
                    names = [name for name in names if name not in CHANGED]
                settings = any(f"/{name}" in here for name in (".ipython", ".jupyter", ".keras"))
                for name in names:
                    if not settings or "attack" in name:
                        path = os.path.join(here, name)
                        found.add((path, os.lstat(path).st_size))
        for folder in (*SHARED, *sys.path, str(Path(json.__file__).parent / "__pycache__")):
            if os.path.isdir(folder):
                found |= {
                    (os.path.join(folder, name), 0)
                    for name in os.listdir(folder)
                    if name.startswith("attack") or name == "sitecustomize.py"
                }
        return found

    def survivors(self):
        """Processes that an attack or a kernel has left, and that belong to no grader any more."""
        return left_behind(self.before)


def _add_key(name, content):
    """A key in the keyring of this session, which graders share: where there are keyrings."""
    number = {"x86_64": 248, "aarch64": 217}.get(os.uname().machine)
    if number:
        ctypes.CDLL(None).syscall(number, b"user", name, content, len(content), SESSION_KEYRING)


def _without_source(text):
    """Tracebacks repeat the attack's own source, where CANARY is written in two parts."""
    return re.sub(r'CANARY-" in|"CANARY\[', "", text)


def fill(code, place):
    for key, value in (("{course}", place.course), ("{home}", place.home), ("{port}", place.port)):
        code = code.replace(key, str(value))
    return code


def gains(attack, place, student):
    """What an attack has gained that can be told from its own submission, as words of KINDS."""
    found, scores, (plain, pages) = [], place.scores(student), place.outputs(student)
    if scores["identity_block"] is not None and scores["identity_block"] > attack.expected["identity_block"]:
        found.append("points")
    if place.secrets_read(student):
        found.append("secret")
    wrong = [name for name in place.questions if attack.expected[name] is None or name != "identity_block"]
    if (
        any(scores[name] != attack.expected[name] for name in wrong)
        or "grader error" in plain  # it says that this is nobody's mistake
        or HIDDEN.search(pages)
        or ACTIVE.search(pages)
        or re.search(r"\bevil\.\w+$", plain, re.M | re.I)
        or not all(map(is_picture, re.findall(r"data:image/\w+;base64,([\w+/=]+)", pages)))
        or len(plain) + len(pages) > MOST_CHARACTERS
    ):
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
