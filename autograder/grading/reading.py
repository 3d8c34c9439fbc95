"""From the bytes that somebody handed in to the cells of a notebook. Runs in the helper process (see helper.py).

Every step is linear in the size of the file: no pattern here backtracks, and no foreign parser but Python's own is used.
"""

import ast
import codecs
import io
import json
import re
import warnings
import zipfile

from .pictures import is_picture

KIT = "residual_networks_kit"  # key of our own notebook metadata
MAX_FILE = 30_000_000  # bytes of a notebook
MAX_PACKED = 10  # notebooks that are looked at in a zip within a submission
MAX_PARTS = 500_000  # values in its JSON
MAX_MENDED = 5_000_000  # characters of a file whose merge conflicts or quotation marks are mended
MAX_CELLS = 2000
MAX_TEXT = 1_000_000  # characters of all cells together, without outputs
MAX_ATTACHED = 10_000_000  # characters of all attached images together
MAX_CODE = 100_000  # characters of a cell whose quotation marks are mended
IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")  # pixels only: an SVG image is a document
TAG = re.compile(r"[\w.-]{1,60}")  # nbconvert's pages make a class of it
CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
WORD_QUOTES = str.maketrans("“”„‟«»‘’‚‛", '""""""' + "''''")


class Unreadable(Exception):
    """A file is not a notebook; the message ends the sentence "The notebook cannot be read: ..."."""


def read(data, outputs=False):
    """{"notebook": a notebook of nbformat 4 as plain data, "notes": what was fixed, in words} of a file's bytes, or
    {"unreadable": why}. outputs: whether its outputs are kept. Raises nothing but MemoryError."""
    try:
        return {"notebook": notebook_of(data, notes := [], outputs), "notes": notes}
    except Unreadable as error:
        return {"unreadable": str(error)}


def notebook_of(data, notes, outputs=False):
    """The notebook in a file's bytes; what was fixed is added to `notes`. Raises Unreadable."""
    content = _utf8(data, notes)
    del data
    if _parts(content) > MAX_PARTS:
        raise Unreadable(f"it holds more than {MAX_PARTS:,} values; clear the outputs of its cells and save it again")
    text = content.decode()
    del content
    return _notebook(_parse(text, notes), notes, outputs)


def notebooks_in_zip(data, left=MAX_FILE):
    """The notebooks in a zip archive, as texts by their paths: the first ones, of at most `left` bytes together."""
    found = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                parts = info.filename.split("/")
                usable = info.filename.endswith(".ipynb") and not parts[-1].startswith("._") and "__MACOSX" not in parts
                if usable and info.file_size <= left and len(found) < MAX_PACKED:
                    with archive.open(info) as file:
                        content = file.read(left)
                    left -= len(content)
                    found[info.filename] = content.decode("utf-8", "replace")
    except Exception:  # zipfile raises what it likes of a damaged archive
        pass
    return found


def _utf8(data, notes):
    if not data.strip():
        raise Unreadable("the file is empty")
    if data.startswith(b"PK\x03\x04"):
        raise Unreadable("it is a zip archive; hand in the notebook itself")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        notes.append("it was stored as UTF-16")
        return data.decode("utf-16", "replace").encode("utf-8", "replace")
    if data.startswith(codecs.BOM_UTF8):
        notes.append("it began with a byte order mark")
        data = data.removeprefix(codecs.BOM_UTF8)
    try:
        data.decode()
    except UnicodeDecodeError:
        notes.append("it was not stored as UTF-8; its special characters may be wrong")
        return data.decode("cp1252", "replace").encode()
    return data


def _parts(content):
    """About how many values some JSON holds. What stands in texts is looked at only where that makes a difference."""
    marks = (b"[", b"{", b",")
    if sum(map(content.count, marks)) <= MAX_PARTS:
        return 0
    plain = content.replace(b"\\\\", b"").replace(b'\\"', b"")
    if plain.count(b'"') > 4 * MAX_PARTS:
        return MAX_PARTS + 1
    outside = b"".join(plain.split(b'"')[::2])
    return sum(map(outside.count, marks))


def _parse(text, notes):
    try:
        return json.loads(text, strict=False)
    except RecursionError as error:
        raise Unreadable("it is nested too deep") from error
    except ValueError as error:
        problem, line, place = str(error), getattr(error, "lineno", 1), getattr(error, "pos", 0)
    if len(text) <= MAX_MENDED:
        data = _without_conflicts(text, notes) or _without_word_quotes(text, notes)
        if data is not None:
            return data
    if "<<<<<<<" in text:
        raise Unreadable("it holds merge conflicts (lines with <<<<<<<); resolve them and hand in again")
    if place >= len(text.rstrip()) - 1 or "Unterminated" in problem:
        raise Unreadable(
            f"it ends in the middle, in line {text.count(chr(10)) + 1}: it was cut off when it was saved "
            "or sent; hand it in again"
        )
    raise Unreadable(f"line {line} is not valid JSON; was it edited in a text editor?")


def _without_conflicts(text, notes):
    """The data in a text with merge conflicts, if both versions have the same code; or None."""
    versions = sides_of_conflicts(text) if "<<<<<<<" in text else None
    if versions is None:
        return None
    try:
        ours, theirs = (json.loads(version, strict=False) for version in versions)
    except (ValueError, RecursionError):
        return None
    if _sources(ours) != _sources(theirs):
        return None
    notes.append("it held merge conflicts, in places other than the code")
    return ours


def sides_of_conflicts(text):
    """Both versions of a text in which git has left conflicts; None where its marks are not in order. Goes through the
    lines once."""
    ours, theirs, where = [], [], "both"
    after = {"<<<<<<<": ("both", "ours"), "|||||||": ("ours", "base"), "=======": ("ours base", "theirs")}
    after[">>>>>>>"] = ("theirs", "both")
    for line in text.split("\n"):
        mark = after.get(line[:7])
        if mark and where in mark[0].split():
            where = mark[1]
            continue
        if where in ("both", "ours"):
            ours.append(line)
        if where in ("both", "theirs"):
            theirs.append(line)
    return ("\n".join(ours), "\n".join(theirs)) if where == "both" else None


def _without_word_quotes(text, notes):
    """The data in a text whose quotation marks a word processor has replaced; or None."""
    if "“" not in text[:500] and "”" not in text[:500]:
        return None
    try:
        data = json.loads(text.replace("“", '"').replace("”", '"'), strict=False)
    except (ValueError, RecursionError):
        return None
    notes.append("its quotation marks had been replaced by a word processor")
    return data


def _sources(data):
    cells = data.get("cells") if isinstance(data, dict) else None
    return [_text(cell.get("source")) for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else None


def _text(value):
    """The text of a source: nbformat keeps it as one string or as a list of lines."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


# ------------------------------------------------------------------ cells


def _notebook(data, notes, outputs):
    """A valid notebook with the cells of `data`, whatever that is."""
    if isinstance(data, dict) and "cells" not in data and isinstance(data.get("worksheets"), list):
        data = {**data, "cells": [cell for sheet in data["worksheets"] for cell in _list(sheet, "cells")]}
        notes.append("it was stored in the format of an older Jupyter")
    if not isinstance(data, dict) or not isinstance(data.get("cells"), list):
        raise Unreadable("it is JSON, but not a notebook: it has no cells")
    if len(data["cells"]) > MAX_CELLS:
        raise Unreadable(f"it has more than {MAX_CELLS} cells")
    metadata = data.get("metadata")
    note = metadata.get(KIT) if isinstance(metadata, dict) else None
    unreadable = note.get("unreadable") if isinstance(note, dict) else None  # from unreadable_notebook, stored as a file
    kept = {KIT: {"unreadable": unreadable[:1000]}} if isinstance(unreadable, str) else {}
    cells = [_cell(cell, place, outputs) for place, cell in enumerate(data["cells"]) if isinstance(cell, dict)]
    if len(cells) < len(data["cells"]):
        notes.append("some of its cells were no cells")
    if sum(len(cell["source"]) for cell in cells) > MAX_TEXT:
        raise Unreadable(f"its cells hold more than {MAX_TEXT:,} characters; is something pasted into one of them?")
    _limit_attachments(cells, notes)
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": kept, "cells": cells}


def _list(value, key):
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def _limit_attachments(cells, notes):
    left = MAX_ATTACHED
    for cell in cells:
        left -= sum(len(data) for image in cell.get("attachments", {}).values() for data in image.values())
        if left < 0 and cell.pop("attachments", None):
            notes.append("images that are attached to its cells are too large, and were left out")
            left = 0


def _cell(cell, place, outputs):
    """A valid cell with the source and the metadata of `cell`, and if wanted what is shown of its outputs."""
    kind = cell.get("cell_type")
    source = _text(cell.get("source", cell.get("input")))
    if kind == "heading":
        source = f"# {source}"
    metadata = cell.get("metadata") if isinstance(cell.get("metadata"), dict) else {}
    kept = {}
    nbgrader = metadata.get("nbgrader")
    if isinstance(nbgrader, dict) and isinstance(nbgrader.get("grade_id"), str):
        kept["nbgrader"] = {key: value for key, value in nbgrader.items() if isinstance(value, (str, int, float, bool))}
    tags = [tag for tag in _list(metadata, "tags") if isinstance(tag, str) and TAG.fullmatch(tag)]
    if isinstance(metadata.get("tags"), list):
        kept["tags"] = tags
    name = cell.get("id")
    name = name if isinstance(name, str) and CELL_ID.fullmatch(name) else f"cell-{place}"
    images = attached_images(cell.get("attachments"))
    shown = _outputs(cell) if outputs else []
    more = {"outputs": shown, "execution_count": None} if kind == "code" else {"attachments": images} if images else {}
    kind = kind if kind in ("code", "raw") else "markdown"
    return {"id": name, "cell_type": kind, "metadata": kept, "source": source, **more}


def _outputs(cell):
    """Of a cell's outputs, whatever they are, texts and pictures, as nbformat has them."""
    kept = []
    for output in _list(cell, "outputs"):
        kind, data = (output.get("output_type"), output.get("data")) if isinstance(output, dict) else (None, None)
        if kind == "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            kept.append({"output_type": kind, "name": name, "text": _text(output.get("text"))})
        elif kind == "error":
            lines = [_text(line) for line in _list(output, "traceback")]
            kept.append(
                {
                    "output_type": kind,
                    "ename": _text(output.get("ename")),
                    "evalue": _text(output.get("evalue")),
                    "traceback": lines,
                }
            )
        elif kind in ("display_data", "execute_result") and isinstance(data, dict):
            shown = {mime: _text(data[mime]) for mime in ("text/plain", "image/png", "image/jpeg") if mime in data}
            shown = {mime: text for mime, text in shown.items() if mime == "text/plain" or is_picture("".join(text.split()))}
            count = output.get("execution_count")
            number = {"execution_count": count if isinstance(count, int) else None} if kind == "execute_result" else {}
            kept += [{"output_type": kind, "data": shown, "metadata": {}, **number}] if shown else []
    return kept


def attached_images(attachments):
    """Of the attachments of a cell, whatever they are, those that are images: {name: {MIME type: base64}}."""
    kept = {}
    for name, kinds in attachments.items() if isinstance(attachments, dict) else ():
        for mime, data in kinds.items() if isinstance(kinds, dict) else ():
            if mime in IMAGES and isinstance(data, (str, list)) and all(isinstance(part, str) for part in data):
                data = "".join("".join(data).split())
                if is_picture(data):
                    kept[str(name)] = {mime: data}
    return kept


# ------------------------------------------------------------------ code


def with_plain_quotes(sources):
    """For each of some cells' codes: the code with Python's quotation marks for a word processor's, or None where it
    needs none, or would be no Python with them either."""
    found = []
    for source in sources:
        plain = source.translate(WORD_QUOTES)
        mended = plain != source and len(source) <= MAX_CODE and not _is_python(source) and _is_python(plain)
        found.append(plain if mended else None)
    return found


def _is_python(source):
    """Whether Python can read a cell; lines that only IPython knows count as read."""
    if source.lstrip().startswith("%%"):
        return True
    return _is_parsed(source) or _is_parsed("\n".join(map(_without_magic, source.split("\n"))))


def _is_parsed(code):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the student's code
            ast.parse(code)
        return True
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _without_magic(line):
    """A line as Python may read it: IPython's commands, `%time`, `!ls`, `?x` and `x?`, do nothing."""
    words = line.strip()
    indentation = line[: len(line) - len(line.lstrip())]
    if words.startswith(("%", "!", "?")) or (words.endswith("?") and words[:1].isidentifier()):
        return f"{indentation}pass"
    name, equals, value = line.partition("=")
    if equals and value.lstrip().startswith(("%", "!")):
        return f"{name}= None"
    return line
