"""What goes back to students beside the diagnosis: a grader's comments, and the pages that they got before."""

import itertools
import re
import shutil
import time
import tomllib
from pathlib import Path

COMMENTS = "comments.toml"  # in the course's folder
KEY = re.compile(r"(?<![^\s(])#([\w-]+)")
EARLIER = "earlier"  # in feedback/STUDENT/, where nbgrader removes nothing


def read_comments(root):
    """{key: text} of the comments that a course uses again and again; empty without the file. Raises ValueError."""
    path = Path(root, COMMENTS)
    if not path.is_file():
        return {}
    try:
        comments = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise ValueError(f'{path}: {error}. Each line is like norm = "Take the norm of the gradient."') from None
    for key, text in comments.items():
        if not (isinstance(text, str) and KEY.fullmatch(f"#{key}")):
            raise ValueError(f'{path}: {key} is no line like norm = "Take the norm of the gradient."')
    return comments


def expand(comment, comments):
    """A grader's comment with each #key replaced by its text; other words with # stay."""
    return KEY.sub(lambda found: comments.get(found[1], found[0]), comment or "")


def keep_earlier(folder):
    """Copy a student's feedback pages of an assignment to where nbgrader leaves them, by the time at which they were made;
    the copy's folder, or None if there are no pages, or the last copy has the same.

    folder: feedback/STUDENT/ASSIGNMENT.
    """
    folder = Path(folder)
    pages = {path.name: path.read_bytes() for path in folder.glob("*.html")}
    if not pages:
        return None
    copies = folder.parent / EARLIER / folder.name
    last = max(copies.glob("*"), default=None)
    if last and {path.name: path.read_bytes() for path in last.glob("*.html")} == pages:
        return None
    made = time.strftime("%Y-%m-%d_%H%M%S", time.localtime(max((folder / name).stat().st_mtime for name in pages)))
    names = itertools.chain([made], (f"{made}-{number}" for number in itertools.count(2)))
    copy = next(copies / name for name in names if not (copies / name).exists())
    copy.mkdir(parents=True)
    for name in pages:
        shutil.copy2(folder / name, copy / name)
    return copy
