"""What a submission says, made fit to be shown: one line of plain text, without what the hidden tests hold."""

import functools
import re
import unicodedata
from collections.abc import Iterable

# What no page shows: control characters but line breaks and tabs, what turns the direction of writing or has no width, other
# ends of lines, lone surrogates.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
REPEATED = 16  # characters of the hidden tests that a message may repeat
ESCAPE_CODES = re.compile(r"\x1b\[[0-?]{0,30}[ -/]{0,30}[@-~]")
# Control and format characters (bidirectional overrides among them), lone surrogates, and line and paragraph separators.
UNSHOWN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def clean(text: object, limit: int) -> str:
    """`text` as one line of plain text: no escape codes, no control characters, no more than `limit` characters."""
    shown = ESCAPE_CODES.sub("", str(text or "")[: 4 * limit])[:limit]
    return "".join(" " if unicodedata.category(c) in UNSHOWN else c for c in shown).strip()


def redact(text: str, hidden: str = "", public: Iterable[str] = ()) -> str:
    """A message without its numbers, and without what it repeats of the hidden part of the test cells.

    Digits inside names ("Conv2D") are no numbers. `public` are names that are not secret though the hidden part
    uses them: those of the exercise's functions and arguments.
    """
    return re.sub(r"(?<![\w.])\d+(\.\d+)?(?!\w)", "…", hide(text, hidden, public))


def hide(text: str, hidden: str, public: Iterable[str] = ()) -> str:
    """A text without what it repeats of the hidden part of the test cells: quoted words, and REPEATED characters or more.

    Linear in both texts.
    """
    if not hidden:
        return text
    words, pieces = _held(hidden, tuple(sorted(public)))
    for word in words:
        text = text.replace(word, "…")
    repeated = [False] * len(text)
    for k in range(len(text) - REPEATED + 1):
        if text[k : k + REPEATED] in pieces:
            repeated[k : k + REPEATED] = [True] * REPEATED
    return re.sub("\n+", "…", "".join("\n" if r else c for c, r in zip(text, repeated)))


@functools.lru_cache(16)
def _held(hidden: str, public: tuple[str, ...]) -> tuple[list[str], set[str]]:
    """The quoted words of a hidden text, the longest first, and all its parts of REPEATED characters."""
    words = set(re.findall(r"[\"']([^\"']{4,})[\"']", hidden)) - set(public)
    if public:
        hidden = re.sub(r"\b(" + "|".join(map(re.escape, public)) + r")\b", "\n", hidden)
    return sorted(words, key=len, reverse=True), {hidden[k : k + REPEATED] for k in range(len(hidden) - REPEATED + 1)}
