"""Submissions as public trackers report them, in our own words: `INPUTS` says for each where it was reported, how it comes
in, and how it ends. Each function gets the folder of a submission that holds the solution, and spoils it."""

import copy
import json
import os
import shutil
import zipfile

from tests.helpers.submissions import OPTIONAL, ROOT, solution_cells

SOLUTION, NAME = solution_cells(OPTIONAL)[OPTIONAL], f"{OPTIONAL}.ipynb"
GRADED, REPAIRED, NOT_GRADABLE = "graded", "repaired", "not gradable"
NBGRADER, OTTER = "https://github.com/jupyter/nbgrader/issues/", "https://github.com/ucbds-infra/otter-grader/issues/"
COCALC, JUPYTER = "https://github.com/sagemathinc/cocalc/issues/", "https://github.com/jupyter/"


# What is done to the notebook (as JSON), to its answer's cell, or to the folder.


def notebook(change):
    def edit(folder):
        content = json.loads((folder / NAME).read_text())
        change(content)
        (folder / NAME).write_text(json.dumps(content))

    return edit


def marked(content, key):
    """The cells that nbgrader marks so."""
    return [cell for cell in content["cells"] if cell["metadata"].get("nbgrader", {}).get(key)]


def answer(change):
    """What a function makes of the answer's text."""

    def edit(content):
        for cell in marked(content, "solution"):
            cell["source"] = change("".join(cell["source"]))

    return notebook(edit)


def above(text):
    return answer(lambda source: text + source)


def below(text):
    return answer(lambda source: source + text)


def cell_at(place, source, **more):
    """A code cell of the student's at a place: 0 at the top, -1 at the end."""
    cell = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": source, **more}

    def edit(content):
        content["cells"].insert(place if place >= 0 else len(content["cells"]), {"id": f"own{place % 99}", **cell})

    return notebook(edit)


def each(key, change):
    return notebook(lambda content: [change(cell) for cell in marked(content, key)])


def only_file(name, content=b"x"):
    def leave(folder):
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        (folder / name).write_bytes(content)

    return leave


def beside(name, content=b"x"):
    def add(folder):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    return add


def renamed(name):
    return lambda folder: (folder / NAME).rename(folder / name)


def as_text(change):
    def edit(folder):
        (folder / NAME).write_text(change((folder / NAME).read_text()), encoding="utf-8")

    return edit


def doubled(key):
    """Cells are copied with their metadata."""

    def edit(content):
        for cell in marked(content, key):
            content["cells"].append({**copy.deepcopy(cell), "id": cell["id"] + "x"})

    return notebook(edit)


def split(content):
    """The answer's cell is split above the function: both halves keep the mark."""
    for cell in marked(content, "solution"):
        place = content["cells"].index(cell)
        first, second = ({**copy.deepcopy(cell), "source": part} for part in ("import math\n", SOLUTION))
        content["cells"][place : place + 1] = [first, {**second, "id": "half"}]


def as_markdown(cell):
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]


def as_raw(cell):
    as_markdown(cell)
    cell["cell_type"] = "raw"


def without(key):
    def edit(content):
        gone = marked(content, key)
        content["cells"] = [cell for cell in content["cells"] if cell not in gone]

    return notebook(edit)


def colab(content):
    """As Colab saves: its own ids in the metadata, widgets without "state", an accelerator, no ids of cells."""
    content["metadata"] |= {"accelerator": "GPU", "colab": {"provenance": [], "gpuType": "T4"}}
    content["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"abc": {"model_name": "HBoxModel"}}}
    content["nbformat_minor"] = 0
    for number, cell in enumerate(content["cells"]):
        cell.pop("id", None)
        cell["metadata"]["id"] = f"colab{number % 3}"


def in_the_kernel_s_place(**spec):
    return notebook(lambda content: content["metadata"].update(kernelspec=spec))


def large_outputs(content):
    """Interactive plots, of 2 MB each."""
    output = {
        "output_type": "display_data",
        "metadata": {},
        "data": {"text/html": "<script>" + "x" * 2_000_000 + "</script>"},
    }
    content["cells"].append(
        {"cell_type": "code", "id": "plots", "metadata": {}, "execution_count": 1, "source": "1", "outputs": [output] * 4}
    )


def repository(folder):
    """The whole repository, with its .git, as a "download ZIP" of GitHub."""
    with zipfile.ZipFile(folder / "homework-main.zip", "w") as archive:
        archive.write(folder / NAME, f"homework-main/{NAME}")
        archive.writestr("homework-main/.git/HEAD", "ref: refs/heads/main")
        archive.writestr("homework-main/.DS_Store", b"\0\0\0\1Bud1")
    (folder / NAME).unlink()


def checkpoint_beside(folder):
    """An older state in .ipynb_checkpoints, which is not what was handed in."""
    (folder / ".ipynb_checkpoints").mkdir()
    shutil.copy(ROOT / "release" / OPTIONAL / NAME, folder / ".ipynb_checkpoints" / f"{OPTIONAL}-checkpoint.ipynb")


def answer_below_the_stub(content):
    """The stub is left alone, and the answer stands in a cell of its own below it."""
    released = json.loads((ROOT / "release" / OPTIONAL / NAME).read_text())
    (stub,) = marked(released, "solution")
    (cell,) = marked(content, "solution")
    cell["source"] = stub["source"]
    own = {"cell_type": "code", "id": "mine", "metadata": {}, "execution_count": None, "outputs": [], "source": SOLUTION}
    content["cells"].insert(content["cells"].index(cell) + 1, own)


def read_only(folder):
    os.chmod(folder / NAME, 0o444)


INPUTS = {  # student: (where it was reported, how it comes in, how it ends)
    "copied answer": (NBGRADER + "1083", doubled("solution"), REPAIRED),
    "copied test": (NBGRADER + "108", doubled("grade"), GRADED),
    "split answer": ("https://github.com/jeflem/ananke/issues/12", notebook(split), GRADED),
    "test as text": (NBGRADER + "92", each("grade", as_markdown), GRADED),
    "answer as text": (NBGRADER + "107", each("solution", as_markdown), GRADED),
    "answer as raw cell": (NBGRADER + "1941", each("solution", as_raw), GRADED),
    "test deleted": (NBGRADER + "1682", without("grade"), REPAIRED),
    "checksum of another release": (
        NBGRADER + "1423",
        each("grade", lambda cell: cell["metadata"]["nbgrader"].update(checksum="0" * 32)),
        GRADED,
    ),
    "answer without metadata": (NBGRADER + "424", each("solution", lambda cell: cell.update(metadata={})), REPAIRED),
    "name with initials": (NBGRADER + "1302", renamed("WMS q3.ipynb"), REPAIRED),
    "name with the student's": (
        "https://github.com/earthlab/abc-classroom/issues/88",
        renamed(f"{OPTIONAL}-jane-doe.ipynb"),
        REPAIRED,
    ),
    "another notebook beside": (
        NBGRADER + "1219",
        beside("formulae.ipynb", b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'),
        GRADED,
    ),
    "desktop.ini": (NBGRADER + "1234", beside("desktop.ini"), GRADED),
    "page of the notebook beside": (NBGRADER + "1211", beside(f"{OPTIONAL}.html", b"<html></html>"), GRADED),
    "subfolders of notebooks": (NBGRADER + "1223", beside("old/try.ipynb", b"{}"), GRADED),
    "checkpoints": (JUPYTER + "notebook/issues/3211", checkpoint_beside, GRADED),
    "GitHub's zip": (NBGRADER + "796", repository, REPAIRED),
    "page instead": (
        "https://github.com/abjer/sds2019/issues/11",
        only_file(f"{OPTIONAL}.html", b"<html></html>"),
        NOT_GRADABLE,
    ),
    "PDF instead": ("https://github.com/abjer/sds2019/issues/11", only_file(f"{OPTIONAL}.pdf", b"%PDF-1.7"), NOT_GRADABLE),
    "weights instead": (
        "https://github.com/google/prog-edu-assistant/issues/29",
        only_file("model.h5", b"\x89HDF\r\n\x1a\n"),
        NOT_GRADABLE,
    ),
    "bytes of nothing": (
        JUPYTER + "notebook/issues/3211",
        only_file(NAME, b"\x92 \xf9\xa9\xc9\x92\t\xe7<" * 99),
        NOT_GRADABLE,
    ),
    "nothing written": (JUPYTER + "help/issues/171", only_file(NAME, b""), NOT_GRADABLE),
    "a line after the end": (JUPYTER + "help/issues/171", as_text(lambda text: text + "\n }\n ]\n}"), NOT_GRADABLE),
    "conflict of two commits": (
        JUPYTER + "help/issues/67",
        as_text(lambda text: "<<<<<<< HEAD\n" + text + "\n=======\n{}\n>>>>>>> 4e2b407f\n"),
        NOT_GRADABLE,
    ),
    "unknown field of a cell": (
        JUPYTER + "nbformat/issues/73",
        notebook(lambda content: content["cells"][0].update(outputExpanded=False)),
        GRADED,
    ),
    "transient": (
        "https://github.com/m-rossi/jupyter-docx-bundler/issues/43",
        each("solution", lambda cell: cell.update(transient={"remove_source": True})),
        GRADED,
    ),
    "text with outputs": (
        "https://github.com/snakemake/snakemake/issues/718",
        notebook(lambda content: content["cells"][0].update(outputs=[], execution_count=None)),
        GRADED,
    ),
    "ids in an old format": (
        JUPYTER + "nbformat/issues/161",
        notebook(lambda content: content.update(nbformat_minor=1)),
        GRADED,
    ),
    "Colab's widgets": ("https://github.com/googlecolab/colabtools/issues/5288", notebook(colab), GRADED),
    "kernel of conda": (
        NBGRADER + "417",
        in_the_kernel_s_place(name="conda-root-py", display_name="Python [root]", language="python"),
        GRADED,
    ),
    "kernel of the course": (OTTER + "706", in_the_kernel_s_place(name="otter-env", display_name="Python (otter)"), GRADED),
    "kernel Python 2": (NBGRADER + "416", in_the_kernel_s_place(name="python2", display_name="Python 2"), GRADED),
    "no kernel": (OTTER + "722", notebook(lambda content: content.update(metadata={})), GRADED),
    "input before the tests": (NBGRADER + "1844", below('\na = int(input("Enter an integer"))\nprint(a)\n'), GRADED),
    "debugger": (JUPYTER + "nbgrader/pull/77", cell_at(-1, "%debug\n"), GRADED),
    "breakpoint": (JUPYTER + "nbgrader/pull/77", cell_at(2, "breakpoint()\n"), GRADED),
    "endless loop": (
        NBGRADER + "427",
        cell_at(-1, "kept = []\nwhile True:\n    kept.append(len(kept))\n    del kept[:-9]\n"),
        GRADED,
    ),
    "memory": (NBGRADER + "1429", cell_at(-1, "x = [b'x' * 10**9 for _ in range(10**4)]\n"), GRADED),
    "kernel ends itself": (COCALC + "4951", cell_at(-1, "import os\nos._exit(1)\n"), GRADED),
    "exit": (COCALC + "4879", cell_at(-1, "exit()\n"), GRADED),
    "plots in another window": (
        NBGRADER + "1070",
        cell_at(1, "%matplotlib notebook\nimport matplotlib.pyplot as plt\n"),
        GRADED,
    ),
    "large interactive plots": ("https://github.com/plotly/plotly.py/issues/5056", notebook(large_outputs), GRADED),
    "widgets": (
        COCALC + "6137",
        cell_at(
            1, "try:\n    import ipywidgets\n    ipywidgets.interact(lambda x: x, x=3)\nexcept ImportError:\n    pass\n"
        ),
        GRADED,
    ),
    "install by the interpreter": (
        COCALC + "6137",
        above(
            "try:\n    import nothing_such\nexcept ImportError:\n    import sys\n    !{sys.executable} -m pip install it\n"
        ),
        GRADED,
    ),
    "time of a cell": (JUPYTER + "nbconvert/issues/975", answer(lambda source: "%%time\n" + source), GRADED),
    "comment above a magic": (
        "https://github.com/NeuromatchAcademy/course-content/pull/145",
        cell_at(1, "# my timing\n%%time\nx = 1\n"),
        GRADED,
    ),
    "await": (
        "https://github.com/AnswerDotAI/execnb/issues/92",
        cell_at(1, "import asyncio\nawait asyncio.sleep(0)\n"),
        GRADED,
    ),
    "event loop": (JUPYTER + "notebook/issues/3808", cell_at(1, "import asyncio\nasyncio.run(asyncio.sleep(0))\n"), GRADED),
    "another folder": (
        "https://github.com/PrairieLearn/PrairieLearn/pull/2584",
        cell_at(1, "import os\nos.makedirs('work', exist_ok=True)\nos.chdir('work')\n"),
        GRADED,
    ),
    "signs of mathematics": (
        NBGRADER + "1297",
        above("# x\u2080 \u2264 x\u00b2 \u2192 y, \u30d6\u30ed\u30c3\u30af \U0001f600\n"),
        GRADED,
    ),
    "broken text for pages": (
        OTTER + "928",
        notebook(lambda content: content["cells"][0].update(source='\\n", $\\frac{$ <b <!-- `` \x0b \x08')),
        GRADED,
    ),
    "attachment that is gone": (
        NBGRADER + "1782",
        notebook(lambda content: content["cells"][0].update(source="![a](attachment:gone.png)")),
        GRADED,
    ),
    "answer below the stub": ("https://github.com/moorepants/resonance/issues/109", notebook(answer_below_the_stub), GRADED),
    "time is none": (
        JUPYTER + "nbgrader/pull/591",
        beside("timestamp.txt", b"But I want to be a timestamp string :("),
        GRADED,
    ),
    "time is empty": (JUPYTER + "nbgrader/pull/591", beside("timestamp.txt", b""), GRADED),
    "a space": (NBGRADER + "1403", lambda folder: None, GRADED),
    "a.b-c_d@x": (JUPYTER + "nbgrader/pull/1098", lambda folder: None, GRADED),
    "read only": (NBGRADER + "1409", read_only, GRADED),
    "UNC\\jdoe": (NBGRADER + "912", lambda folder: None, NOT_GRADABLE),
}
