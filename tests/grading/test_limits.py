"""Each limit of what reads and judges: just below it, all goes well and fast; just above it, it is named. It costs the
question or the notebook that hit it, and nobody else."""

import base64
import json
import logging
import struct
import time

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from traitlets.config import Config

from autograder.grading import reading
from autograder.grading.execute import KEPT_PICTURES, KEPT_TEXT, clean
from autograder.grading.files import open_folder
from autograder.grading.helper import OWN_FAILURE, OWN_LIMIT, Failed, Helper, LimitReached
from autograder.grading.pages import FeedbackExporter
from autograder.grading.pictures import is_picture
from autograder.grading.repair import read_notebook
from autograder.grading.set_aside import SetAside
from autograder.model.blueprint import HAND_IN
from tests.helpers import calls, growth
from tests.helpers.kernels import printed, run_cells

SECONDS = 2  # in which everything that is accepted is read


# ------------------------------------------------------------------ the helper process


@pytest.mark.parametrize(
    "function, arguments, says",
    [
        (calls.spin, (), "it took more than 0.3 s"),
        (calls.spin_in_c, (), "it took more than 0.3 s"),
        (calls.fill, (110,), "it took more than 100 MB of memory"),
        (calls.abort, (), "its reader crashed"),
    ],
)
def test_a_call_that_takes_too_much_ends_and_the_next_one_is_answered(function, arguments, says):
    helper = Helper(seconds=0.3, memory=100)
    with pytest.raises(LimitReached) as error:
        helper.call(function, *arguments)
    assert str(error.value) == f"{OWN_LIMIT} ({says})"
    assert helper.call(calls.echo, {"a": ["é", "\ud800", None, 1.5]}) == {"a": ["é", "\ud800", None, 1.5]}


def test_memory_that_comes_in_small_pieces_is_limited():
    with pytest.raises(LimitReached, match="100 MB"):
        Helper(memory=100).call(calls.fill_slowly)


def test_a_call_within_its_limits_is_answered_by_the_same_process():
    helper = Helper(seconds=5, memory=100)
    first = helper.call(calls.process)
    assert helper.call(calls.fill, 90) == 90
    assert helper.call(calls.length, body=bytes(30_000_000)) == 30_000_000
    assert helper.call(calls.process) == first


def test_an_error_comes_back_with_its_traceback():
    with pytest.raises(Failed, match=rf"{OWN_FAILURE} \(ZeroDivisionError\)") as error:
        Helper().call(calls.fail)
    assert 'raise ZeroDivisionError("on purpose")' in error.value.details


# ------------------------------------------------------------------ reading a notebook


def notebook(*cells, **more):
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **more}).encode()


def cell(source="", kind="code", **more):
    return {"cell_type": kind, "metadata": {}, "source": source, **more}


def values(count):
    """A notebook with about `count` values among its outputs; commas and brackets in texts are none."""
    return notebook(
        cell("x,[{" * 1000, outputs=[{"data": {"application/json": [0] * count, "text/plain": ",[{" * 600_000}}])
    )


READING = {
    "cells": (reading.MAX_CELLS, 1, lambda n: notebook(*[cell()] * n), "2000 cells"),
    "characters": (
        reading.MAX_TEXT,
        1,
        lambda n: notebook(cell("é" * (n // 2)), cell("x" * (n - n // 2))),
        "1,000,000 char",
    ),
    "lines": (reading.MAX_PARTS, 100, lambda n: notebook(cell(["x\n"] * n)), "500,000 values"),
    "values": (reading.MAX_PARTS, 100, values, "500,000 values"),
    "texts": (reading.MAX_PARTS, 100, lambda n: notebook(cell(outputs=[{"text": [""] * n}])), "500,000 values"),
    "nesting": (
        100_900,
        100_000,
        lambda n: (
            notebook(cell(), x=json.loads("[" * 90 + "]" * 90)).replace(b"[" * 90, b"[" * n).replace(b"]" * 90, b"]" * n)
        ),
        "nested too deep",
    ),
    "digits": (4300, 1, lambda n: notebook(cell(), x=0).replace(b"0}", b"9" * n + b"}"), "not valid JSON"),
}


@pytest.mark.parametrize("name", READING)
def test_a_notebook_below_a_limit_is_read_and_one_above_it_is_told_why(name):
    limit, margin, make, says = READING[name]
    for content, expected in ((make(limit - margin), None), (make(limit + margin), says)):
        start = time.process_time()
        found = reading.read(content)
        assert time.process_time() - start < SECONDS
        assert expected in found.get("unreadable", "") if expected else found.get("unreadable") is None


def test_a_file_below_the_limit_is_read_and_one_above_it_is_told_why(tmp_path):
    small = len(notebook(cell(outputs=[""])))
    for size, says in ((reading.MAX_FILE, ""), (reading.MAX_FILE + 1, "30 MB; clear the outputs")):
        (tmp_path / "a.ipynb").write_bytes(notebook(cell(outputs=["x" * (size - small)])))
        with open_folder(tmp_path) as folder:
            if says:
                with pytest.raises(reading.Unreadable, match=says):
                    read_notebook(Helper(), folder, "a.ipynb")
            else:
                found, notes = read_notebook(Helper(memory=300), folder, "a.ipynb")
                assert len(found.cells) == 1 and not notes


def test_attached_images_above_the_limit_are_left_out():
    for size, kept in ((reading.MAX_ATTACHED // 2, 2), (reading.MAX_ATTACHED // 2 + 4, 1)):
        image = {"a.png": {"image/png": growth.picture(size)}}
        found = reading.read(notebook(*[cell("![](attachment:a.png)", "markdown", attachments=image)] * 2))
        assert sum("attachments" in cell for cell in found["notebook"]["cells"]) == kept
        assert bool(found["notes"]) == (kept < 2)


HARD = {  # texts on which patterns that backtrack, or parsers that try again, would take minutes or hours
    "marks of conflicts": b"<<<<<<< a\n" * 400_000,
    "halves of conflicts": b"<<<<<<< a\n=======\n" * 200_000,
    "ends of conflicts": b"<<<<<<<\n" + b"=======\n" * 200_000 + b">>>>>>>\n" * 200_000,
    "quotes": b'"' * 5_000_000,
    "escapes": b'"' + b"\\" * 5_000_000,
    "escaped quotes": b'{"a": "' + b'\\"' * 5_000_000,
    "word quotes": "“".encode() * 1_000_000,
    "brackets": b"[" * 5_000_000,
    "spaces": b" " * 5_000_000 + b"x",
    "line breaks": b"\n" * 5_000_000 + b"x",
    "minus signs": b"-" * 5_000_000,
    "no UTF-8": b"\xff" * 5_000_000,
    "half of UTF-16": b"\xff\xfe\x00",
    "surrogates": notebook(cell("\ud800" * 900_000)),
    "commands of IPython": notebook(cell("x?\n" * 600 + "“")),
}


@pytest.mark.parametrize("name", HARD)
def test_hard_notebooks_take_no_time(name):
    start = time.process_time()
    reading.read(HARD[name])
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize(
    "source",
    ["x?\n" * 600 + "“", "?x\n" * 30_000 + "“", "%x\n" * 30_000 + "“", "x = !ls\n" * 12_000 + "“", "(" * 90_000 + "“"]
    + ["“" * 100_000, "a" * 50_000 + " = “x”", "{" * 40 + "“", "f“{" * 20_000, "\\\n" * 40_000 + "“", "“\n" * 40_000],
)
def test_hard_cells_take_no_time(source):
    start = time.process_time()
    reading.with_plain_quotes([source])
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize("around", ["{}", "%matplotlib inline\n{}", "{}\nprint?", "x = !ls\n{}", "if 1:\n    !ls\n{}"])
def test_quotation_marks_are_mended_between_commands_of_ipython(around):
    code = around.format("print(“a”)")
    assert reading.with_plain_quotes([code, code.replace("(“", "((“")]) == [around.format('print("a")'), None]


def test_merge_conflicts_with_a_base_are_read():
    text = "a\n<<<<<<< HEAD\nb\n||||||| base\nc\n=======\nd\n>>>>>>> x\ne"
    assert reading.sides_of_conflicts(text) == ("a\nb\ne", "a\nd\ne")
    assert reading.sides_of_conflicts(text.replace("=======\n", "")) is None


# ------------------------------------------------------------------ running


@pytest.mark.slow
def test_starting_kernels_again_takes_no_longer_than_the_notebook_may(tmp_path):
    start = time.monotonic()
    outputs = run_cells(
        ["import os, time; time.sleep(0.5); os._exit(0)"] * 60 + ["print('on')"], tmp_path, notebook_timeout=8
    )
    assert time.monotonic() - start < 30
    assert "time limit of the notebook" in printed(outputs[-1])


@pytest.mark.slow
def test_a_cell_that_ends_the_kernel_when_it_runs_again_costs_no_other(tmp_path):
    later = time.time() + 8
    cells = [
        "import os, time\nx = 1",
        f"if time.time() > {later}: os._exit(0)",
        "y = x + 1",
        f"time.sleep(max(0.0, {later} - time.time()))\nos._exit(0)",
        "print(y)",
    ]
    assert printed(run_cells(cells, tmp_path)[-1]) == "2"


def test_outputs_of_a_notebook_are_limited_together():
    left = {"text": KEPT_TEXT + 10, "pictures": KEPT_PICTURES + 40}
    text = [{"output_type": "stream", "name": "stdout", "text": "x" * (KEPT_TEXT + 5)}]
    assert [len(clean(text, False, left)[0].text) for _ in range(2)] == [KEPT_TEXT, 10]
    assert clean(text, False, left) == []
    picture = [{"output_type": "display_data", "data": {"image/png": growth.picture(40)}}]
    large = [{"output_type": "display_data", "data": {"image/png": growth.picture(KEPT_PICTURES)}}]
    assert [len(clean(each, False, left)) for each in (large, picture, picture)] == [1, 1, 0]


def pictures(width, height):
    """The heads of pictures of this size, by their kind."""
    small = [n.to_bytes(2, "little") for n in (width, height)]
    wide = [(n - 1).to_bytes(3, "little") for n in (width, height)]
    segment = b"\xff\xe1\0\x06Exif"
    return {
        "png": base64.b64decode(growth.picture(40, width, height)),
        "jpeg": b"\xff\xd8" + segment + b"\xff\xc0\0\x11\x08" + struct.pack(">HH", height, width) + bytes(12),
        "gif": b"GIF89a" + b"".join(small) + bytes(3) + b"!\xf9\x04" + bytes(5) + b"," + bytes(8),
        "frame": b"GIF89a" + bytes(4) + b"\x80" + bytes(2 + 6) + b"," + bytes(4) + b"".join(small) + bytes(9),
        "webp": b"RIFF0000WEBPVP8X" + bytes(8) + b"".join(wide),
        "lossy webp": b"RIFF0000WEBPVP8 " + bytes(10) + b"".join(small),
        "lossless webp": b"RIFF0000WEBPVP8L" + bytes(5) + (width - 1 | height - 1 << 14).to_bytes(4, "little") + bytes(9),
    }


@pytest.mark.parametrize("kind", pictures(1, 1))
def test_pixels_of_a_picture_are_limited(kind):
    for size, kept in (((10_000, 5000), True), ((10_000, 5001), False)):
        assert is_picture(base64.b64encode(pictures(*size)[kind]).decode()) == kept
    assert not is_picture(base64.b64encode(pictures(9, 9)[kind][:18]).decode())


def test_what_is_no_picture_is_none():
    assert not any(map(is_picture, ("", "A", "AAAA", "é", base64.b64encode(b"<svg/>").decode())))
    hard = (b"\xff\xd8" + b"\xff\xe1\0\0" * 1_000_000, b"GIF89a" + bytes(7) + b"!\xf9" + b"\1a" * 1_000_000)
    start = time.process_time()
    assert not any(is_picture(base64.b64encode(data).decode()) for data in hard)
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize("value", [None, 1.5, "text", {"a": 1}, [1.5, None]])
def test_outputs_that_are_none_do_not_stop_the_notebook(value):
    for kind in ("stream", "error", "display_data", "execute_result", "what"):
        names = ("text", "name", "ename", "evalue", "traceback", "data")
        kept = clean([{"output_type": kind, **dict.fromkeys(names, value)}, {"output_type": kind}], True)
        nbformat.validate(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=kept)]))
    hand_in = [{"output_type": "display_data", "data": {HAND_IN: "\ud800"}}]
    assert clean(hand_in, True)[0].data[HAND_IN] == "?"


def test_hand_ins_of_other_cells_and_pages_are_not_kept():
    data = {"text/plain": "a\x07b\x1b[31mc\x1b]0;title\x9bd", "text/html": "<b>", HAND_IN: "{}"}
    outputs = [{"output_type": "display_data", "data": data}]
    assert clean(outputs, True)[0].data == {"text/plain": "ab\x1b[31mc]0;titled", HAND_IN: "{}"}
    assert clean(outputs, False)[0].data == {"text/plain": "ab\x1b[31mc]0;titled"}


def test_setting_files_aside_takes_time_in_proportion_to_their_number(tmp_path):
    for number in range(8000):
        path = tmp_path / "ada" / "hw" / f"link_{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to("/etc/passwd")
    start = time.process_time()
    with open_folder(tmp_path, "ada", "hw") as submission:
        assert len(SetAside(submission, logging.getLogger("silent")).take_all({})) == 8000
    assert time.process_time() - start < 2 * SECONDS


@pytest.mark.parametrize("exporter", [HTMLExporter, FeedbackExporter])
def test_code_that_takes_hours_to_colour_is_shown_without_colours(exporter):
    """In formgrader, which uses nbconvert's exporter with the course's configuration, and in feedback."""
    sources = ["print(1)", "a." * 400_000, "x = '" + "{" * 20_000, "a.\n" * 4_000]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    config = Config({"HTMLExporter": {"filters": {"highlight_code": "autograder.grading.pages.Highlight"}}})
    start = time.process_time()
    page, _ = exporter(config=config).from_notebook_node(nbformat.v4.new_notebook(cells=cells))
    assert time.process_time() - start < 2 * SECONDS
    assert page.count('highlight hl-ipython3"') == 2 and "a." * 400_000 in page
