"""Submissions whose code shares passages that few others have: a reason to look, and no proof of anything.

Passages are chosen by winnowing (Schleimer, Wilkerson and Aiken 2003) and compared letter by letter, so that the same class
gives the same pairs in every run.
"""

import bisect
import itertools
import zlib
from collections import Counter

LETTERS, WINDOW = 20, 12  # of winnowing: letters of a passage, and passages of which one is kept
COMMON = 0.1  # passages that more than this part of the class has say nothing
ALIKE, LEAST = 0.6, 8  # part of the rare passages that two submissions share, and how many there must be
MAX_CODE = 100_000  # characters of a submission's code that are compared
MOST_PAIRS, MOST_LINES = 50, 20


def near_duplicates(students, handed_out="", groups=()):
    """The pairs that share most, at most 50: dicts of "one", "other", "passages" (their number), "part" (of the rare
    passages of the one who has fewer) and "lines" (those of the first that hold them, as text).

    Right answers to one task are alike: a passage that more than a tenth of the class has is not counted, nor what was
    handed out, so that what is left are odd names, comments and turns.

    students: dicts of "student" and "code", {cell: source}. handed_out: code that everybody has. groups: lists of
    students who submit together: their pairs are left out, and what several of them have is one's.
    """
    group_of = {name: number for number, group in enumerate(groups) for name in group}
    codes, known = {}, set()
    for student in students:
        name, code = student["student"], "\n".join(code for _, code in sorted(student["code"].items()))[:MAX_CODE]
        if (group_of.get(name, name), code) not in known:  # what a group has submitted counts once
            known.add((group_of.get(name, name), code))
            codes[name] = code
    common = passages(handed_out, window=1)
    own = {name: passages(code).keys() - common.keys() for name, code in codes.items()}
    spread, most = Counter(itertools.chain.from_iterable(own.values())), max(3, COMMON * len(codes))
    rare = {name: {passage for passage in mine if spread[passage] <= most} for name, mine in own.items()}
    owners = {}
    for name, mine in sorted(rare.items()):
        for passage in mine:
            owners.setdefault(passage, []).append(name)
    shared = Counter(pair for names in owners.values() for pair in itertools.combinations(names, 2))
    found = [
        {"one": a, "other": b, "passages": number, "part": number / min(len(rare[a]), len(rare[b]))}
        for (a, b), number in shared.items()
        if number >= LEAST and number >= ALIKE * min(len(rare[a]), len(rare[b])) and group_of.get(a, a) != group_of.get(b, b)
    ]
    found = sorted(found, key=lambda pair: (-pair["passages"], pair["one"], pair["other"]))[:MOST_PAIRS]
    return [{**pair, "lines": lines_with(codes[pair["one"]], rare[pair["one"]] & rare[pair["other"]])} for pair in found]


def passages(code, window=WINDOW):
    """The passages by which some code is known, whatever its layout: {text without space: its place in the code}."""
    places = [index for index, letter in enumerate(code) if not letter.isspace()]
    text = "".join(code[index] for index in places)
    if len(text) <= LETTERS + window:
        return {}
    grams = [text[k : k + LETTERS] for k in range(len(text) - LETTERS + 1)]
    weights = [zlib.crc32(gram.encode("utf-8", "replace")) for gram in grams]
    kept = {
        min(range(start, start + window), key=lambda k: (weights[k], -k))  # of equal ones the last
        for start in range(len(grams) - window + 1)
    }
    return {grams[k]: (places[k], places[k + LETTERS - 1]) for k in sorted(kept, reverse=True)}


def lines_with(code, wanted):
    """The lines of some code that hold one of the passages, at most 20."""
    lines, text = set(), code.split("\n")
    begins = list(itertools.accumulate((len(line) + 1 for line in text), initial=0))  # of each line in the code
    for passage, (start, end) in passages(code).items():
        if passage in wanted:
            lines |= set(range(bisect.bisect(begins, start) - 1, bisect.bisect(begins, end)))
    return "\n".join(text[k] for k in sorted(lines)[:MOST_LINES])
