"""Submissions as small files: read them, and make submitted notebooks of them.

A file of tests/class/ is one student. Lines that begin with `# expect` and `# first` hold the verdict; each part
after a line `# %% GRADE_ID` replaces the source of that cell. All other cells are as in the release; with
`# others: solution`, the other exercises' cells hold the solution.

A file of tests/cases/EXERCISE/ is one answer to one exercise, with its verdict in the first lines.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

ROOT = Path(__file__).parents[2]
ASSIGNMENT = "residual_networks"
EXERCISES = ("gradient_norms", "identity_block", "convolutional_block", "ResNet50")
# What is replaced in the cells of the lesson where nbval and the browser run them. Keras takes 6 s to compile the small
# network, and 17 s for ResNet-50: here it compiles two blocks. Nightly tests (test_notebooks) run the cells as they are.
QUICKER = {
    "minutes=0.5)": "minutes=0.02)",
    "([16, 16, 64], [32, 32, 128], [64, 64, 256])": "([16, 16, 64],)",
    "train(small, X_train, y_train, minutes=1, augment=augment)": "small_history",
    'train(model, X_train, y_train, minutes=MINUTES, name="resnet50", augment=augment)': "small_history",
    "steps=120):": "steps=3):\n    tf.config.run_functions_eagerly(True)",
    "range(200)": "range(3)",
    "np.linspace(-1, 1, 21)": "np.linspace(-1, 1, 3)",
    '(32, "-")': '(10, "-")',
    "trained[32, shortcuts]": "trained[10, shortcuts]",
}
# Configuration, where a cell that never ends is waited for; importing TensorFlow takes longer on a busy machine.
IMPATIENT = "\nc.Execute.timeout_func = lambda cell: 60 if 'check_workplace()' in cell.source else 8\n"
OPTIONAL = "preactivation_block"  # a further assignment, with one exercise of the same name
ASSIGNMENTS = (ASSIGNMENT, *sorted({path.name for path in (ROOT / "source").iterdir()} - {ASSIGNMENT}))
ALL_EXERCISES = (*EXERCISES, *sorted({path.stem for path in ROOT.glob("source/*/exercises/*.toml")} - {*EXERCISES}))


@dataclass
class Sample:
    """One student of the bundled class."""

    name: str
    about: str
    expected: dict  # exercise: points
    first: dict  # exercise: text that its first finding holds
    others: str  # "solution" or "stub"
    cells: dict  # grade_id: source

    @property
    def endless(self):
        """Whether it takes the whole time limit, whoever grades it."""
        return "while True" in "".join(self.cells.values())


def read_header(text):
    """The lines `# key: value` at the beginning of a file, as a list of pairs."""
    pairs = []
    for line in text.splitlines():
        match = re.fullmatch(r"# (\w+): (.*)", line)
        if not match:
            break
        pairs.append(match.groups())
    return pairs


def read_sample(path):
    text = path.read_text(encoding="utf-8")
    expected, first, about, others = {}, {}, "", "stub"
    for key, value in read_header(text):
        if key == "expect":
            expected = {name: float(points) for name, points in (item.split() for item in value.split(","))}
        elif key == "first":
            exercise, words = value.split(" ", 1)
            first[exercise] = words
        elif key == "about":
            about = value
        elif key == "others":
            others = value
    parts = re.split(r"^# %% (\w+)\n", text, flags=re.M)[1:]
    cells = {grade_id: source.strip("\n") for grade_id, source in zip(parts[::2], parts[1::2])}
    return Sample(path.stem, about, expected, first, others, cells)


def read_class(folder=ROOT / "tests" / "class"):
    return [read_sample(path) for path in sorted(folder.glob("*.py"))]


def solution_cells(assignment=ASSIGNMENT):
    """The sources of the solution cells: {grade_id: source}."""
    cells = {}
    for path in sorted((ROOT / "source" / assignment).glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cells[cell.metadata.nbgrader.grade_id] = cell.source
    return cells


def make_course(folder):
    """Make `folder` a course with the assignments and the configuration; returns it. The class command uses one process, as
    a second one would start TensorFlow for a few submissions alone."""
    shutil.copytree(ROOT / "source", folder / "source", ignore=shutil.ignore_patterns("weights"))
    settings = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8") + "\nc.ClassGrader.jobs = 1\n"
    (folder / "nbgrader_config.py").write_text(settings, encoding="utf-8")
    return folder


def new_course(generated, folder, settings="", only=None):
    """Make `folder` a copy of the course of the fixture `generated`, with further lines of configuration, and perhaps
    with only one of its assignments; returns it."""
    shutil.copytree(generated, folder)
    for other in {*ASSIGNMENTS} - {only} if only else ():
        shutil.rmtree(folder / "source" / other)
        with Gradebook(f"sqlite:///{folder}/gradebook.db") as gradebook:
            gradebook.remove_assignment(other)
    with open(folder / "nbgrader_config.py", "a", encoding="utf-8") as file:
        file.write(settings)
    return folder


def write_submission(course, student, cells, assignment=ASSIGNMENT):
    """Write submitted/STUDENT/ASSIGNMENT in a course folder: the release with `cells` replaced."""
    folder = Path(course) / "submitted" / student / assignment
    return write_notebooks(folder, cells, Path(course) / "release" / assignment)


def write_notebooks(folder, cells, release=ROOT / "release" / ASSIGNMENT):
    """Make `folder` a copy of the release with `cells` replaced; returns it."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(release, folder)
    for path in sorted(folder.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            if grade_id in cells:
                cell.source = cells[grade_id]
        nbformat.write(notebook, path)
    return folder


def sample_cells(sample):
    """All cells that a sample replaces: {grade_id: source}."""
    return {**(solution_cells() if sample.others == "solution" else {}), **sample.cells}


def write_sample(course, sample):
    return write_submission(course, f"sample_{sample.name}", sample_cells(sample))
