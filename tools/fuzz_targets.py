"""What tools/fuzz.py fuzzes: for each reader of what students write, what it is started with, and what must hold."""

import functools
import io
import json
import logging
import os
import re
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from autograder.course import report, summary
from autograder.course.collect import LmsCollector, SafeExtractor
from autograder.grading import reading
from autograder.grading.execute import clean
from autograder.grading.harmless import harmless_texts
from autograder.grading.judging import judge_hand_in, load, verdict_outputs
from autograder.grading.pages import FeedbackExporter
from autograder.model.blueprint import HAND_IN, HandInError
from autograder.model.hand_in import read_hand_in
from tests.helpers import growth
from tests.helpers.submissions import ROOT

UNSAFE = re.compile(r"<script|<iframe|<object|<embed|<form|<[^>]*\son\w+\s*=|href=[\"']?\s*javascript:", re.I)


@dataclass
class Harness:
    """One reader: what it is started with, what it does with an input, and its part of all inputs."""

    seeds: Callable[[], list[bytes]]
    run: Callable[[bytes], None]
    share: int
    corpus: list[bytes] = field(default_factory=list)
    lines: set[tuple[str, int]] = field(default_factory=set)
    executions: int = 0
    slowest: float = 0.0
    failures: list[str] = field(default_factory=list)


def hand_in_seeds():
    made = [growth.chain("identity_block", 3), growth.convolutions("identity_block", 4), growth.edges("identity_block", 120)]
    return [text.encode() for text in [*made, growth.array("gradient_norms", 5), growth.blocks("ResNet50", 3)]]


def read_hand_ins(data):
    """The reader raises its own error at worst, and what it accepts is judged."""
    text = (
        data.decode("utf-8", "surrogatepass" if len(data) % 2 else "replace") if _is_text(data) else data.decode("latin-1")
    )
    for name in ("identity_block", "gradient_norms", "ResNet50"):
        if name in text:
            exercise, reference, _ = load(growth.FOLDER, name)
            handed, refused = None, None
            try:
                handed = read_hand_in(exercise, reference, text)
            except HandInError as error:
                refused = error
            json.dumps(verdict_outputs(exercise, judge_hand_in(exercise, reference, handed, refused)))
            return


def _is_text(data):
    try:
        data.decode("utf-8", "surrogatepass")
        return True
    except UnicodeDecodeError:
        return False


def notebook_seeds():
    released = (ROOT / "release" / "preactivation_block" / "preactivation_block.ipynb").read_bytes()
    small = growth.notebook(
        growth.cell("print(“a”)\nx?"), growth.cell("# a", "markdown", attachments={"a": {"image/png": "AAAA"}})
    )
    old = json.dumps(
        {"worksheets": [{"cells": [{"cell_type": "heading", "source": "a"}, {"cell_type": "code", "input": "1"}]}]}
    )
    conflict = json.dumps(json.loads(small), indent=1).replace(
        '"metadata": {}', '"metadata": {\n<<<<<<< a\n=======\n>>>>>>> b\n}'
    )
    return [released, small, old.encode(), conflict.encode(), small.decode().encode("utf-16")]


def read_notebooks(data):
    """Whatever it is, there is a notebook or a reason; and the notebook is valid."""
    found = reading.read(data)
    if "unreadable" in found:
        assert found["unreadable"]
        return
    json.dumps(found).encode()
    if len(data) % 8 == 0:
        nbformat.validate(nbformat.from_dict(found["notebook"]), relax_add_props=False)
    reading.with_plain_quotes([cell["source"] for cell in found["notebook"]["cells"] if cell["cell_type"] == "code"])


def collector_seeds():
    names = (
        "Jane Doe_12_assignsubmission_file/a.ipynb",
        "moodle/J_1_assignsubmission_file_/b/a.ipynb",
        "x/doe_LATE_1_2_a-1.ipynb",
    )
    return [name.encode() for name in (*names, "doe_12_34_a (2).ipynb", "gs/assignment_9_export/submission_3/a.ipynb")]


def tell_whose(data):
    """A student's name is a name, and a file's is one."""
    known = _collector()._whose(os.fsdecode(data[:1000].replace(b"\0", b"")), ())
    if not isinstance(known, str):
        assert "/" not in known["student_id"] + known["file_id"] and known["student_id"] not in (".", "..", "")


@functools.cache
def _collector():
    return LmsCollector()


def archive_seeds():
    def archive(members, compression=zipfile.ZIP_DEFLATED):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", compression) as unfinished:
            for name, content in members.items():
                unfinished.writestr(name, content)
        return file.getvalue()

    inner = archive({"b/a.ipynb": "x" * 200, "../up": "y", "/absolute": "z"})
    return [
        archive({"a_1_assignsubmission_file/in.zip": inner, "t.txt": "x"}),
        archive({"a": "x"}, zipfile.ZIP_STORED),
        inner,
    ]


def unpack_archives(data):
    """Nothing is raised, and nothing is written elsewhere."""
    with tempfile.TemporaryDirectory(dir=_memory()) as folder:
        (archive := Path(folder, "archive")).mkdir()
        (archive / "download.zip").write_bytes(data)
        SafeExtractor(log=_silent()).extract(str(archive), os.path.join(folder, "inside"))
        assert set(os.listdir(folder)) <= {"archive", "inside"}
        for here, folders, names in os.walk(folder):
            assert not any(os.path.islink(os.path.join(here, name)) for name in [*folders, *names])


@functools.cache
def _silent():
    log = logging.getLogger("fuzz")
    log.disabled = True
    return log


def _memory():
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def output_seeds():
    data = {"text/plain": "x", "image/png": "AAAA", "text/html": "<b>", HAND_IN: "{}"}
    stream = {"output_type": "stream", "name": "stderr", "text": "a\x1b[31mb"}
    error = {"output_type": "error", "ename": "E", "evalue": "e", "traceback": ["a", "b"]}
    return [json.dumps([{"output_type": "display_data", "data": data, "metadata": {}}, stream, error]).encode()]


def clean_outputs(data):
    """What is kept is valid, can be written, and holds nothing that a browser runs."""
    for keep in (True, False):
        kept = clean(_list_of_dicts(data), keep)
        json.dumps(kept, ensure_ascii=False).encode()
        for output in kept:
            assert set(output.get("data", {})) <= {"text/plain", "image/png", "image/jpeg", HAND_IN}
            assert keep or HAND_IN not in output.get("data", {})
    if len(data) % 8 == 0:
        nbformat.validate(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=kept)]))


def _list_of_dicts(data):
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = {"output_type": "stream", "text": data.decode("utf-8", "replace")}
    return [each for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict)]


def report_seeds():
    finding = {"name": "a", "text": "Where: x\nYour code: y"}
    verdict = {"exercise": "e", "status": "wrong", "score": 1, "points": 2, "held": 1, "findings": [finding], "notes": []}
    verdict["steps"] = [{"id": "s", "name": "S", "earned": 1, "points": 2, "state": "right"}]
    return [json.dumps({"says": "<script>", "code": "def f():\n    'a'\n    return 1 + 1", "verdict": verdict}).encode()]


def write_reports(data):
    """A student's texts, in verdicts and code, are text in the page."""
    verdict = json.loads(report_seeds()[0])["verdict"]
    text = data.decode("utf-8", "replace")
    verdict["findings"][0] |= {"text": text, "name": text[:80]}
    verdict["steps"][0]["name"] = text[:100]
    students = [
        {
            "student": text[:50],
            "score": 1,
            "manual": True,
            "exercises": {"e": verdict},
            "repaired": [text],
            "unreadable": [text],
        }
        | {"code": {"e": text}, "points": {}}
        for _ in range(2)
    ]
    content = summary.summarize(text[:20], students, 2, "", {text[:30]})
    content["students"] = [{**student, "name": text[:40]} for student in students]
    page = report.render("report.html.j2", **content, histogram=report.histogram(students, 2))
    assert not UNSAFE.search(re.sub(r"<details open", "", page)), "the page holds something active"
    json.dumps(content)
    report.table(students)


def feedback_seeds():
    texts = [
        "# a\n*b* [c](http://d) ![e](f.png) $x^2$\n\n|a|b|\n|-|-|\n|1|2|",
        "<b onclick=x>a</b>\n\n> - `c`\n",
        "\\begin{align}a\\end{align}",
    ]
    return [text.encode() for text in texts]


def write_feedback(data):
    """A student's texts are text in the page that nbconvert makes."""
    text = data.decode("utf-8", "replace")[:10_000]
    (page,) = harmless_texts([(text, {}, True)])
    assert not UNSAFE.search(page), "a text cell holds something active"
    if len(data) % 8:
        return
    cells = [nbformat.v4.new_markdown_cell(page), nbformat.v4.new_code_cell(text[:1000])]
    cells[1].outputs = clean([{"output_type": "stream", "name": "stdout", "text": text}], False)
    written, _ = _exporter().from_notebook_node(nbformat.v4.new_notebook(cells=cells))
    assert not UNSAFE.search(written.partition("<body")[2]), "the page holds something active"


@functools.cache
def _exporter():
    return FeedbackExporter()


def harnesses():
    """{name: Harness}"""
    return {
        "notebook repair": Harness(notebook_seeds, read_notebooks, 280),
        "LMS collector": Harness(collector_seeds, tell_whose, 220),
        "archive reader": Harness(archive_seeds, unpack_archives, 50),
        "outputs": Harness(output_seeds, clean_outputs, 150),
        "report": Harness(report_seeds, write_reports, 5),
        "feedback": Harness(feedback_seeds, write_feedback, 15),
        "hand-in reader": Harness(hand_in_seeds, read_hand_ins, 280),
    }
