"""Whatever comes in is graded, or named: odd folders, lost metadata, and what works in a notebook elsewhere.

Each line of `COMES_IN` is a submission of one class, with its points and what is said about it. The inputs follow public
reports: nbgrader issues 1083 (metadata lost), 1138 (Colab), 1421 (cells moved), and what Databricks, VS Code and Jupytext
export.
"""

import json
import shutil
import subprocess
import sys
import zipfile

import nbformat
import pytest
from nbgrader.api import Gradebook

from tests.helpers.grader import run
from tests.helpers.submissions import OPTIONAL, ROOT, new_course, solution_cells, write_submission

pytestmark = pytest.mark.slow
SOLUTION, NAME = solution_cells(OPTIONAL)[OPTIONAL], f"{OPTIONAL}.ipynb"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PLOT = "\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\n"
PROCESS = "import psutil\nprint('memory', psutil.Process().memory_info().rss > 0)\n"


def before(text):
    """The solution with something before it in its cell."""
    return lambda folder: in_answer(folder, text + SOLUTION)


def after(text):
    return lambda folder: in_answer(folder, SOLUTION + text)


def in_answer(folder, source):
    def change(notebook):
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = source

    edited(change)(folder)


def edited(change):
    """What a function does to the notebook."""

    def edit(folder):
        notebook = nbformat.read(folder / NAME, as_version=4)
        change(notebook)
        nbformat.write(notebook, folder / NAME)

    return edit


def without_metadata(notebook):
    notebook.metadata = {}
    for cell in notebook.cells:
        cell.metadata = {}


def of_another_course(notebook):
    for number, cell in enumerate(notebook.cells):
        cell.metadata = {"nbgrader": {"grade_id": f"cell-{number}", "solution": True, "locked": False, "grade": False}}


def answers_alone(notebook):
    """The function, the student's own imports and a try, as somebody copies them into a new notebook."""
    code = ["import keras\nfrom keras.layers import *", SOLUTION, "print('looks good')"]
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in code]


def with_a_picture(notebook):
    cell = nbformat.v4.new_markdown_cell("![x](attachment:a.png)")
    cell.attachments = {"a.png": {"image/png": PIXEL}}
    notebook.cells.insert(1, cell)


def with_a_cell(source):
    return edited(lambda notebook: notebook.cells.insert(2, nbformat.v4.new_code_cell(source)))


def moved_to(place):
    def move(folder):
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        (folder / NAME).rename(target)

    return move


def zipped(folder):
    with zipfile.ZipFile(folder / "homework.zip", "w") as archive:
        archive.write(folder / NAME, f"my work/{NAME}")
        archive.writestr(f"__MACOSX/my work/._{NAME}", "x")
    (folder / NAME).unlink()


def exported(mark, magic=""):
    """The notebook as a script, with the marks of what exported it."""

    def export(folder):
        (folder / NAME).unlink()
        (folder / "homework.py").write_text(f"{mark}\nimport keras\n\n{mark}\n{magic}{SOLUTION}\n")

    return export


def beside_the_stub(folder):
    shutil.copy(folder / NAME, folder / f"{OPTIONAL}-Copy1.ipynb")
    shutil.copy(ROOT / "release" / OPTIONAL / NAME, folder / NAME)


def of_format_4_4(folder):
    notebook = json.loads((folder / NAME).read_text())
    notebook["nbformat_minor"] = 4
    notebook["cells"] = [
        {key: value for key, value in cell.items() if key != "id"}
        for cell in notebook["cells"]
        if not cell["metadata"].get("nbgrader", {}).get("locked")
    ]
    (folder / NAME).write_text(json.dumps(notebook))


def only(**files):
    """Nothing but some files."""

    def leave(folder):
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for name, text in files.items():
            (folder / name.replace("__", ".")).write_text(text)

    return leave


def file(name, content):
    return lambda folder: (folder / name).write_bytes(content)


COMES_IN = {  # student: (how it comes in, points, what is said about it at the notebook's top, in the log or in the summary)
    "zip in the folder": (zipped, 10, f"homework.zip/my work/{NAME} was taken for {NAME}"),
    "subfolder": (moved_to(f"week 9/{NAME}"), 10, f"week 9/{NAME} was taken for"),
    "subfolder and another name": (moved_to("final/Untitled3.ipynb"), 10, "final/Untitled3.ipynb was taken for"),
    "nbconvert's script": (exported("# In[3]:"), 10, "homework.py was taken for"),
    "Jupytext's script": (exported("# %%"), 10, "homework.py was taken for"),
    "Databricks's script": (exported("# COMMAND ----------", "# MAGIC %sh ls\n"), 10, "homework.py was taken for"),
    "script without marks": (exported("# my homework"), 10, "homework.py was taken for"),
    "a[b]": (None, 10, ""),
    "müller": (None, 10, ""),
    "o'brien, jr": (None, 10, ""),
    "metadata lost": (edited(without_metadata), 10, "recognised by what they say"),
    "metadata of another course": (edited(of_another_course), 10, "recognised by what they say"),
    "answers alone": (edited(answers_alone), 10, "recognised by what they say"),
    "copy beside the stub": (beside_the_stub, 10, f"{OPTIONAL}-Copy1.ipynb was taken for {NAME}, which holds no answers"),
    "pip": (before("!pip install keras-tuner\n"), 10, ""),
    "percent pip": (before("%pip install keras-tuner\n"), 10, ""),
    "conda": (before("%conda install numpy\n"), 10, ""),
    "ls": (before("files = !ls\n!ls -la\n"), 10, ""),
    "bash": (with_a_cell("%%bash\nls"), 10, ""),
    "input": (before("name = input('Your name?')\n"), 10, ""),
    "password": (before("from getpass import getpass\nkey = getpass('Key?')\n"), 10, ""),
    "tensorflow_version": (before("%tensorflow_version 2.x\n"), 10, ""),
    "load_ext": (with_a_cell("%load_ext tensorboard\n%tensorboard --logdir logs"), 10, ""),
    "Colab's drive": (before("from google.colab import drive\ndrive.mount('/content/drive')\n"), 10, ""),
    "Colab's files": (before("from google.colab import files\nuploaded = files.upload()\n"), 10, ""),
    "plot": (after(PLOT), 10, ""),
    "process": (before(PROCESS), 10, ""),
    "time": (after("\n%timeit -n1 -r1 1 + 1\n"), 10, ""),
    "help": (after("\nConv2D?\n"), 10, ""),
    "Mac": (file(f"._{NAME}", b"\0\5\26\7\0\2\0\0Mac OS X"), 10, ""),
    "picture": (edited(with_a_picture), 10, ""),
    "time that cannot be read": (file("timestamp.txt", b"yesterday"), 10, ""),
    "time without a date": (file("timestamp.txt", b"10:00"), 10, ""),
    "format 4.4": (of_format_4_4, 10, "was missing; it was put back"),
    "empty file": (file(NAME, b""), 0, "the file is empty"),
    "empty folder": (only(), 0, f"there is no file {NAME} in what was submitted"),
    "essay": (only(essay__docx="PK"), 0, f"there is no file {NAME} in what was submitted"),
    "damaged zip": (only(homework__zip="PK\3\4"), 0, f"there is no file {NAME} in what was submitted"),
    "script without answers": (only(homework__py="print('hello')\n"), 0, f"there is no file {NAME} in what was submitted"),
}
NOT_GRADABLE = [student for student, (_, points, _) in COMES_IN.items() if not points]


@pytest.fixture(scope="module")
def graded(generated, tmp_path_factory):
    """The class, graded, and what the command said."""
    course = new_course(generated, tmp_path_factory.mktemp("comes_in") / "course", only=OPTIONAL)
    for student, (make, _, _) in COMES_IN.items():
        folder = write_submission(course, student, {OPTIONAL: SOLUTION}, OPTIONAL)
        if make:
            make(folder)
    return course, run(course, "autograder", "grade", OPTIONAL)


def notebook_of(course, student):
    path = course / "autograded" / student / OPTIONAL / NAME
    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("student", COMES_IN)
def test_it_is_graded_or_named(graded, student):
    course, said = graded
    _, points, words = COMES_IN[student]
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert gradebook.find_submission(OPTIONAL, student).score == points
    if points:
        assert words in notebook_of(course, student).cells[0].source
    else:
        assert f"{student} is not gradable: {words}" in said


def test_the_numbers_of_the_summary_add_up(graded):
    course, said = graded
    repaired = sum("taken for" in words or "recognised" in words or "put back" in words for _, _, words in COMES_IN.values())
    graded_now, none = len(COMES_IN) - len(NOT_GRADABLE), len(NOT_GRADABLE)
    assert f"graded {graded_now} ({repaired} of them repaired), not gradable {none}, skipped 0" in said, said
    assert f"skipped {len(COMES_IN)} that were graded before" in run(course, "autograder", "grade", OPTIONAL)


def test_everybody_is_in_the_report_and_has_feedback(graded):
    course, _ = graded
    run(course, "autograder", "report", OPTIONAL)
    page = json.loads((course / f"{OPTIONAL}_report.json").read_text())
    assert {row["student"] for row in page["students"]} == {*COMES_IN}
    assert f"made {len(COMES_IN)}, skipped 0" in run(course, "autograder", "feedback", OPTIONAL)


def outputs(course, student):
    """What stands below the answer: kinds of pictures and texts."""
    cells = notebook_of(course, student).cells
    (cell,) = [c for c in cells if c.metadata.get("nbgrader", {}).get("grade_id") == OPTIONAL]
    return [sorted(output.get("data", {"text": 0})) for output in cell.outputs]


def test_plots_and_processes_are_the_same_in_warm_and_cold_kernels(graded, tmp_path):
    warm, _ = graded
    cold = new_course(warm, tmp_path / "cold", "\nc.Sandbox.warm = False\n")
    for folder in ("autograded", "feedback"):
        shutil.rmtree(cold / folder)
    for path in (cold / "submitted").iterdir():
        if path.name not in ("plot", "process"):
            shutil.rmtree(path)
    run(cold, "autograder", "grade", OPTIONAL)
    for student in ("plot", "process"):
        assert outputs(cold, student) == outputs(warm, student) != []
    assert outputs(warm, "plot") == [["image/png", "text/plain"]]


def test_what_was_submitted_again_is_graded_again_without_a_timestamp(graded, tmp_path):
    course = shutil.copytree(graded[0], tmp_path / "course")
    folder = course / "submitted" / "pip" / OPTIONAL
    in_answer(folder, f"def {OPTIONAL}(X, f, filters, initializer=glorot_uniform):\n    return X\n")
    said = run(course, "autograder", "grade", OPTIONAL)
    assert f"graded 1, skipped {len(COMES_IN) - 1}" in said
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert gradebook.find_submission(OPTIONAL, "pip").score < 10


def test_a_graded_cell_that_was_added_is_told_before_anything_is_changed(graded, tmp_path):
    course = shutil.copytree(graded[0], tmp_path / "course")
    path = course / "source" / OPTIONAL / NAME
    notebook = nbformat.read(path, as_version=4)
    cell = nbformat.v4.new_code_cell("assert True")
    cell.metadata["nbgrader"] = {"grade": True, "grade_id": "one_more", "locked": True, "points": 1, "solution": False}
    cell.metadata["nbgrader"] |= {"schema_version": 3, "task": False}
    notebook.cells.append(cell)
    nbformat.write(notebook, path)
    before = {path: path.read_bytes() for path in (course / "release").rglob("*") if path.is_file()}
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "regrade", OPTIONAL, "--apply"], cwd=course, capture_output=True, text=True
    )
    assert done.returncode == 1 and "Graded cells were added one_more" in done.stderr and "Traceback" not in done.stderr
    assert {path: path.read_bytes() for path in before} == before
