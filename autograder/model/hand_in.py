"""Read what a kernel hands in: hostile text becomes entries with graphs or arrays, or a HandInError."""

import difflib
import json
import re
import unicodedata

from .blueprint import HandInError, read
from .exercise import case_key

MAX_HAND_IN = 8_000_000  # characters of one exercise's hand-in
MAX_NESTING = 40
REPEATED = 16  # characters of the hidden tests that a message may repeat


def read_hand_in(exercise, reference, text, hidden=""):
    """The entries of a hand-in, one per recorded case. Raises HandInError, and nothing else.

    hidden: the hidden parts of the test cells so far, which messages of errors must not repeat.
    """
    payload = parse(text)
    if not isinstance(payload, dict) or not isinstance(payload.get("cases"), list):
        raise HandInError("it holds no cases")
    if payload.get("exercise") != exercise.name:
        raise HandInError("it belongs to another exercise")
    wanted = {case_key(case["case"]) for case in reference["cases"]}
    entries = [read_entry(exercise, entry, hidden) for entry in payload["cases"][: len(wanted) + 1]]
    keys = [case_key(entry["case"]) for entry in entries]
    if len(keys) != len(set(keys)) or set(keys) != wanted:
        raise HandInError("the cases are not the ones that the test cell asks for, each once")
    return entries


def parse(text):
    """JSON from an untrusted text, with limits on its size and depth. Raises HandInError."""
    if not isinstance(text, str) or len(text) > MAX_HAND_IN:
        raise HandInError("it is not a text of a sensible size")
    depth = 0
    for bracket in re.finditer(r"[\[\]{}]", text):  # brackets inside strings only make it stricter
        depth += 1 if bracket.group() in "[{" else -1
        if depth > MAX_NESTING:
            raise HandInError("it is nested too deep")

    def refuse(constant):
        raise HandInError(f"it holds {constant}")

    try:
        return json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        if isinstance(error, HandInError):
            raise
        raise HandInError("it is not valid JSON") from error


def read_entry(exercise, entry, hidden):
    if not isinstance(entry, dict) or not isinstance(entry.get("case"), dict):
        raise HandInError("a case has no arguments")
    found = {"case": entry["case"], "error": read_error(entry.get("error"), hidden)}
    if exercise.kind == "array":
        found["array"] = read_array(entry.get("array"))
        content = found["array"]
    else:
        blueprint = entry.get("blueprint")
        content = found["graph"] = None if blueprint is None else read(blueprint)
        if content and content.output is None and found["error"] is None:
            raise HandInError("a blueprint has neither an output nor an error")
    if content is None and found["error"] is None:
        raise HandInError("a case holds neither a result nor an error")
    return found


def read_array(value):
    if value is None:
        return None
    flat = value if isinstance(value, list) else [value]
    if len(flat) > 10_000 or not all(
        isinstance(v, (int, float)) and not isinstance(v, bool) and abs(v) < 1e30 for v in flat
    ):
        raise HandInError("the array is not a list of finite numbers")
    return value


def read_error(error, hidden):
    if error is None:
        return None
    if not isinstance(error, dict):
        raise HandInError("an error is not described")
    line = error.get("line")
    name = printable(error.get("type"), 80)
    return {
        "type": name if name.isidentifier() else "Exception",
        "message": redact(printable(error.get("message"), 300), hidden),
        "line": line if isinstance(line, int) and 0 < line < 10_000 else None,
        "code": redact(printable(error.get("code"), 200), hidden),
    }


def printable(text, limit):
    """One line of plain text: no control characters, no escape codes, no more than `limit` characters."""
    text = re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]", "", str(text or ""))[:limit]
    return "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text).strip()


def redact(text, hidden=""):
    """A message without its numbers, and without what it repeats of the hidden part of the test cell."""
    for word in re.findall(r"[\"']([^\"']{4,})[\"']", hidden):
        text = text.replace(word, "…")
    while hidden:
        match = difflib.SequenceMatcher(None, text, hidden, autojunk=False).find_longest_match()
        if match.size < REPEATED:
            break
        text = text[: match.a] + "…" + text[match.a + match.size :]
    return re.sub(r"\d+(\.\d+)?", "…", text)
