"""Is a hand-in read as what it is: text from a hostile process?"""

import json
import time

import nbformat
import pytest
from traitlets.config import Config

from autograder.grading import judge, verdict_cache
from autograder.grading.execute import RUN
from autograder.grading.verdict_cache import VerdictMemory, key_of
from autograder.model.blueprint import HandInError
from tests.helpers.answers import FOLDER, exercise_of, judge_text, run_answer
from tests.helpers.submissions import ROOT, solution_cells

NAME = "identity_block"
EXERCISE = exercise_of(NAME)
RIGHT = run_answer(EXERCISE, solution_cells()[NAME])


def changed(edit):
    payload = json.loads(RIGHT)
    edit(payload)
    return json.dumps(payload)


def set_node(**values):
    return changed(lambda p: p["cases"][0]["blueprint"]["nodes"][3].update(values))


MALFORMED = {
    "no JSON": "{",
    "nothing": "",
    "a number": "10",
    "not a text": {"cases": []},
    "a list": "[]",
    "nested a million deep": "[" * 1_000_000 + "]" * 1_000_000,
    "a deep object": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "huge": json.dumps({"cases": ["x" * 10_000_000]}),
    "NaN": RIGHT.replace("0.99", "NaN"),
    "infinity": RIGHT.replace("0.99", "1e999"),
    "a number with a million digits": RIGHT.replace("0.99", "9" * 1_000_000),
    "no cases": changed(lambda p: p.update(cases=[])),
    "a case too few": changed(lambda p: p["cases"].pop()),
    "a case twice": changed(lambda p: p["cases"].append(p["cases"][0])),
    "a foreign case": changed(lambda p: p["cases"][0]["case"].update(f=7)),
    "many cases": changed(lambda p: p.update(cases=p["cases"] * 1000)),
    "another exercise": changed(lambda p: p.update(exercise="convolutional_block")),
    "no result and no error": changed(lambda p: p["cases"][0].update(blueprint=None)),
    "an output that is no node": changed(lambda p: p["cases"][0]["blueprint"].update(output=99)),
    "an output that is a text": changed(lambda p: p["cases"][0]["blueprint"].update(output="11")),
    "a cycle": set_node(inputs=[5]),
    "an input of itself": set_node(inputs=[3]),
    "a negative input": set_node(inputs=[-1]),
    "no inputs": set_node(inputs=[]),
    "a shape with a text": set_node(shape=[None, "7", 5, 4]),
    "a huge shape": set_node(shape=[None, 10**12, 5, 4]),
    "a negative shape": set_node(shape=[None, -7, 5, 4]),
    "a config that is a list": set_node(config=[]),
    "a deep config": set_node(config={"a": [[[[[[[[[[1]]]]]]]]]]}),
    "a long text": set_node(config={"a": "x" * 10_000}),
    "a convolution without settings": set_node(op="Conv2D", config={}),
    "strides of zero": set_node(op="Conv2D", config={"filters": 2, "kernel_size": 1, "strides": 0, "padding": "same"}),
    "an operation that is a number": set_node(op=7),
    "a node that is a text": changed(lambda p: p["cases"][0]["blueprint"]["nodes"].__setitem__(3, "relu")),
    "a hundred thousand nodes": changed(
        lambda p: p["cases"][0]["blueprint"].update(nodes=p["cases"][0]["blueprint"]["nodes"] * 10_000)
    ),
}


def test_the_solution_is_right():
    assert judge_text(EXERCISE, RIGHT).score == 10


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_malformed_hand_ins_raise_one_clear_error_at_once(text):
    start = time.perf_counter()
    with pytest.raises(HandInError) as error:
        judge_text(EXERCISE, text)
    assert 5 < len(str(error.value)) < 200
    assert time.perf_counter() - start < 5


def test_an_unknown_operation_is_never_right():
    verdict = judge_text(EXERCISE, set_node(op="layers.Mystery", config={}))
    assert verdict.score < 10
    assert "Mystery" in verdict.findings[0].text()


def notebook_with(*outputs):
    """The solution notebook with the given outputs in the grade cell of the identity block."""
    notebook = nbformat.read(FOLDER / "residual_networks.ipynb", as_version=4)
    index = next(
        i for i, c in enumerate(notebook.cells) if c.metadata.get("nbgrader", {}).get("grade_id") == "test_identity_block"
    )
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    notebook.cells[index].outputs = list(outputs)
    return notebook, index


def display(text):
    return nbformat.v4.new_output("display_data", {judge.HAND_IN: text})


@pytest.mark.parametrize(
    "outputs,status,score",
    [
        ([display(RIGHT)], "right", 10),
        ([nbformat.v4.new_output("stream", name="stderr", text="noise"), display(RIGHT)], "right", 10),
        ([], "missing", 0),
        ([nbformat.v4.new_output("execute_result", {"text/plain": "10.0"})], "missing", 0),
        ([display(RIGHT), display(RIGHT)], "malformed", 0),
        ([display(MALFORMED["nested a million deep"])], "malformed", 0),
        ([nbformat.v4.new_output("error", ename="CellTimeoutError", evalue="")], "timed out", 0),
        ([nbformat.v4.new_output("error", ename="MemoryError", evalue="")], "out of memory", 0),
        ([nbformat.v4.new_output("error", ename="SyntaxError", evalue="invalid")], "crashed", 0),
    ],
)
def test_only_a_valid_hand_in_gives_points(outputs, status, score):
    notebook, index = notebook_with(*outputs)
    resources = {"nbgrader": {"assignment": "residual_networks"}, RUN: True}
    notebook, _ = judge.Judge(config=Config({"CourseDirectory": {"root": str(ROOT)}})).preprocess(notebook, resources)
    output, drawing = notebook.cells[index].outputs
    assert "image/svg+xml" in drawing.data and drawing.output_type == "display_data"  # nbgrader reads no score in it
    data = output.data[judge.VERDICT]
    assert (data["status"], data["score"]) == (status, score)
    assert float(output.data["text/plain"]) == score
    others = [
        c.outputs[0].data[judge.VERDICT] for c in notebook.cells[index + 1 :] if c.metadata.get("nbgrader", {}).get("grade")
    ]
    assert len(others) == 2 and all(data["status"] == "missing" for data in others)


def test_what_stands_after_the_hand_in_of_another_cell_is_no_hand_in():
    notebook, index = notebook_with()
    later = next(c for c in notebook.cells[index + 1 :] if c.cell_type == "code")
    later.outputs = [display(RIGHT)]
    resources = {"nbgrader": {"assignment": "residual_networks"}, RUN: True}
    notebook, _ = judge.Judge(config=Config({"CourseDirectory": {"root": str(ROOT)}})).preprocess(notebook, resources)
    assert notebook.cells[index].outputs[0].data[judge.VERDICT]["status"] == "missing"


def test_verdicts_are_remembered_by_all_that_they_depend_on(tmp_path, monkeypatch):
    assert key_of("ab", "c") != key_of("a", "bc") != key_of("abc") != key_of("abc", "")
    memory = VerdictMemory(tmp_path / "verdicts.db")
    memory.put(key_of("a"), "right")
    assert VerdictMemory(tmp_path / "verdicts.db").get(key_of("a")) == "right"
    before = key_of("a")
    monkeypatch.setattr(verdict_cache, "_kit", lambda: b"another version of the kit")
    assert key_of("a") != before and VerdictMemory(tmp_path / "verdicts.db").get(key_of("a")) is None


def test_a_message_of_the_student_is_shown_as_plain_text_without_numbers():
    def edit(payload):
        for case in payload["cases"]:
            case.update(
                blueprint=None,
                error={"type": "<script>", "message": "\x1b[31mshape (7, 5)\x00\n", "line": 3, "code": "<b>x</b>"},
            )

    verdict = judge_text(EXERCISE, changed(edit))
    html = judge.verdict_html(EXERCISE, verdict)
    assert "<script>" not in html and "<b>" not in html and "\x1b" not in html
    assert "shape (…, …)" in html
