"""The one door to what students submitted: whatever opens, lists, copies, moves or writes in a submission's folder does
it here, and never through a link.

A folder is opened name by name (`O_NOFOLLOW`, relative to the folder before it) and everything in it is named relative to
the open folder, so that no name can lead anywhere else. What is neither a folder nor an ordinary file of the student's
is refused: links, pipes, devices, sockets, what is mounted from elsewhere, hard links to somebody else's file. So is what
would break or stall those that come later: control characters in names, depth, number and size beyond all measure.
"""

import datetime
import fcntl
import hashlib
import os
import re
import shutil
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

import dateutil.parser
from nbgrader.utils import parse_utc

MAX_BYTES = 200_000_000  # of a submission's files, all together
MAX_ENTRIES = 1000  # files and folders of a submission; nbgrader's time grows with the square of it
MAX_DEPTH = 20  # folders within folders
MAX_PATH = 1000  # bytes of a path within a submission
TIMESTAMP = "timestamp.txt"  # nbgrader's name for the time of submission
DIGEST = ".submission.sha256"  # in the autograded folder: of the submission that was graded
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff]")
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class Refused(Exception):
    """Something that was submitted is not taken; the message ends the sentence "It is not used: ..."."""


class TooLarge(Refused):
    """A file has more bytes than are read."""


class Folder:
    """An open folder. Names are those of its entries, never paths.

    path: where it lies, for messages and for those who may go there when it has been looked through.
    """

    def __init__(self, path, descriptor):
        self.path, self.descriptor = Path(path), descriptor
        status = os.fstat(descriptor)
        self.device, self.owner = status.st_dev, status.st_uid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.descriptor)

    def names(self):
        """The names of all entries, sorted."""
        return sorted(os.listdir(self.descriptor))

    def status(self, name):
        """What os.lstat says of an entry, or None if there is none."""
        try:
            return os.stat(_single(name), dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def folder(self, name):
        """The folder of this name, open. Raises Refused."""
        return Folder(self.path / name, self._open(name, os.O_DIRECTORY))

    def open(self, name):
        """The ordinary file of this name, open for reading bytes. Raises Refused."""
        return os.fdopen(self._open(name), "rb")

    def read(self, name, limit):
        """The bytes of an ordinary file of at most `limit` bytes. Raises Refused, TooLarge if it has more."""
        with self.open(name) as file:
            size = os.fstat(file.fileno()).st_size
            if size > limit:
                raise TooLarge(f"it has {size // 1_000_000} MB")
            return file.read(limit)

    def _open(self, name, flags=0):
        status = self.status(name)
        reason = _why_strange(status, self, folder=bool(flags)) if status else "there is no such file"
        if reason:  # before it is opened: opening a device may do something
            raise Refused(reason)
        try:
            descriptor = os.open(name, READ | flags, dir_fd=self.descriptor)
        except OSError as error:
            raise Refused(f"it cannot be opened ({type(error).__name__})") from error
        if _why_strange(os.fstat(descriptor), self, folder=bool(flags)):
            os.close(descriptor)
            raise Refused("it was exchanged while it was opened")
        return descriptor

    def make(self, name):
        """The folder of this name, made if it is not there. What has the name and is no folder is removed. Raises
        Refused."""
        status = self.status(name)
        if status and not stat.S_ISDIR(status.st_mode):
            os.unlink(name, dir_fd=self.descriptor)
        if not status or not stat.S_ISDIR(status.st_mode):
            os.mkdir(name, dir_fd=self.descriptor)
        return self.folder(name)

    def write(self, name, data):
        """Write a file, whole or not at all; what had the name before is replaced, not followed."""
        unfinished = f".{os.getpid()}.{_single(name)}"[:200]
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(unfinished, flags, 0o644, dir_fd=self.descriptor), "wb") as file:
            file.write(data)
        os.replace(unfinished, name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)

    def move(self, name, target, new_name):
        """Move an entry, itself and not what it points to, into another open folder."""
        os.rename(_single(name), _single(new_name), src_dir_fd=self.descriptor, dst_dir_fd=target.descriptor)

    def remove(self, name):
        """Remove a file or a link, if it is there."""
        if self.status(name):
            os.unlink(name, dir_fd=self.descriptor)


def _single(name):
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise Refused("its name is a path")
    return name


def _why_strange(status, parent, folder):
    """Why what os.lstat describes is not a folder, or not an ordinary file, of the student's; or None."""
    kind = status.st_mode
    if stat.S_ISLNK(kind):
        return "it is a link to another place, not a file"
    if status.st_dev != parent.device:
        return "it is mounted from elsewhere"
    if stat.S_ISDIR(kind):
        return None if folder else "it is a folder, not a file"
    if folder:
        return "it is a file, not a folder"
    if not stat.S_ISREG(kind):
        return "it is not an ordinary file"
    if status.st_nlink > 1 and status.st_uid != parent.owner:
        return "it is a hard link to somebody else's file"
    return None


def lock(descriptor):
    """Lock an open file or folder for as long as this process lives: the descriptor, or None, closed, if it is locked."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return descriptor
    except OSError:
        os.close(descriptor)
        return None


def open_folder(trusted, *names):
    """The folder trusted/name/name..., open. `trusted` may itself be a link, what is below it may not. Raises Refused."""
    here = Folder(trusted, os.open(trusted, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
    for name in names:
        with here:
            here = here.folder(name)
    return here


@dataclass
class Entry:
    """A file or folder in a submission, and why it is not to be used, or None."""

    folder: Folder
    name: str
    path: str  # within the submission
    is_folder: bool
    refused: str | None


class Budget:
    """What is left of the number and size that a submission may have."""

    def __init__(self, entries=MAX_ENTRIES, size=MAX_BYTES):
        self.entries, self.size = entries, size

    def why_exceeded(self, size):
        """Take one more entry of `size` bytes; why it is one too many, or None."""
        if size > self.size:
            return "the submission is too large"
        if self.entries <= 0:
            return "the submission holds too many files"
        self.entries, self.size = self.entries - 1, self.size - size
        return None


def entries(folder, budget, first=(), above=""):
    """All Entries of an open folder and of the folders in it; a refused folder is not looked into.

    first: names of the outermost folder that come first, after the time of submission, and take nothing from others: those
    of the assignment's notebooks, so that no other file is used in their place. An entry may be moved away while this goes
    on; a folder that is, gets a reason in `refused`.
    """
    order = sorted(folder.names(), key=lambda n: (n != TIMESTAMP, n not in first, not n.endswith(".ipynb"), n))
    for name in order:
        path, status = f"{above}{name}", folder.status(name)
        if status is None:
            continue
        is_folder = stat.S_ISDIR(status.st_mode)
        refused = _why_refused(folder, name, path, is_folder)
        if refused is None:
            taken = budget if above or name not in first else Budget(1, budget.size)
            refused = taken.why_exceeded(0 if is_folder else status.st_size)
        entry = Entry(folder, name, path, is_folder, refused)
        yield entry
        if is_folder and entry.refused is None:
            with folder.folder(name) as inner:
                yield from entries(inner, budget, above=f"{path}/")


def why_no_name(name):
    """Why the name of a file is none that a page or a log can show, or None."""
    if any("\ud800" <= character <= "\udfff" for character in name):
        return f"its name is no text here ({sys.getfilesystemencoding()}): set LC_ALL=C.UTF-8 and unset PYTHONUTF8"
    return "its name holds control characters" if CONTROL.search(name) else None


def _why_refused(folder, name, path, is_folder):
    if reason := why_no_name(name):
        return reason
    if path.count("/") >= MAX_DEPTH or len(os.fsencode(path)) > MAX_PATH:
        return "it lies too deep in folders"
    if is_folder and "/" not in path and name.endswith(".ipynb"):
        return "it is a folder, not a file"
    try:
        with folder.folder(name) if is_folder else folder.open(name):
            return None
    except Refused as error:
        return str(error)


def copy_tree(folder, target, wanted=lambda entry: True, budget=None, first=()):
    """Copy what may be used of an open folder to a new folder. Returns the Entries that were left out.

    wanted: says of the Entry of a file whether it is copied; what it does not want is left out in silence. budget: by
    default, that of a submission. first: see `entries`. Raises OSError if the target cannot be written to.
    """
    left_out = []
    os.makedirs(target, exist_ok=True)
    for entry in entries(folder, budget or Budget(), first):
        if entry.refused:
            left_out.append(entry)
        elif not entry.is_folder and wanted(entry):  # folders are made with the files in them
            copy = Path(target, entry.path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            with entry.folder.open(entry.name) as file, open(copy, "xb") as written:
                shutil.copyfileobj(file, written)
                status = os.fstat(file.fileno())
            os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
    return left_out


def replace_folder(target, folder, first=()):
    """Put a copy of what may be used of an open folder in the place of the folder `target`, which need not be there; first:
    see `entries`. Where this was killed, `target` is the old one, the new one, or missing until `bring_back`."""
    bring_back(target)
    unfinished, old = (target.with_name(f".{target.name}.{state}") for state in ("unfinished", "old"))
    for path in (unfinished, old):
        shutil.rmtree(path, ignore_errors=True)
    copy_tree(folder, unfinished, first=first)
    if target.is_dir():
        os.rename(target, old)
    os.rename(unfinished, target)
    shutil.rmtree(old, ignore_errors=True)


def bring_back(target):
    """Where replacing a folder was killed before the new one was in its place, put the old one there again."""
    old = target.with_name(f".{target.name}.old")
    if old.is_dir() and not old.is_symlink() and not os.path.lexists(target):
        os.rename(old, target)


def replace_text(path, text):
    """Write a file of ours, whole or not at all."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.write_text(text)
    unfinished.replace(path)


DOTTED_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})\b")  # day, month, year, as in 24.12.2026
NO_TIME = "it does not hold the time of submission"
TWO_DAYS = datetime.datetime(2000, 1, 1), datetime.datetime(2001, 2, 2)  # equal in nothing but their time
OFFSET = re.compile(r" ([+-]\d{2}):?(\d{2})$")  # from UTC, which nbgrader takes for seconds


def why_no_time(folder):
    """Why timestamp.txt of an open folder holds no time of submission that nbgrader can read; None if it does, or if there
    is none. Dates with dots and offsets from UTC, which nbgrader reads as other ones, are written anew as it reads them."""
    if folder.status(TIMESTAMP) is None:
        return None
    try:
        text = folder.read(TIMESTAMP, 100).decode().strip()
    except Refused as error:
        return str(error)
    except UnicodeDecodeError:  # nbgrader reads it as UTF-8
        return NO_TIME
    plain = OFFSET.sub(r"\1:\2", DOTTED_DATE.sub(r"\3-\2-\1", text))
    reason = why_no_time_in(plain) if plain else None
    if reason is None and plain != text:
        folder.write(TIMESTAMP, plain.encode())
    return reason


def why_no_time_in(text):
    """Why nbgrader cannot read a time in some text, or None. It takes what a date does not say from today's."""
    parts = text.split(" ")
    date = " ".join(parts[:2]) if len(parts) == 3 else text  # of three, nbgrader takes the last for a time zone
    try:
        parse_utc(text)
        dates = {dateutil.parser.parse(date, default=day, ignoretz=True) for day in TWO_DAYS}
    except Exception:  # dateutil raises what it likes
        return NO_TIME
    return NO_TIME if len(dates) > 1 else None


def checksums(folder, first=()):
    """[(checksum, path), ...] of the files that may be used of an open submission's folder; first: see `entries`."""
    found = []
    for entry in entries(folder, Budget(), first):
        if not entry.refused and not entry.is_folder:
            with entry.folder.open(entry.name) as file:
                found.append((hashlib.file_digest(file, "sha256").hexdigest(), entry.path))
    return sorted(found, key=lambda one: [(not part.endswith(".ipynb"), part) for part in one[1].split("/")])


def digest_of(folder, first=()):
    """A text that changes with whatever may be used of an open submission's folder; first: see `entries`."""
    digest = hashlib.sha256()
    for content, path in checksums(folder, first):
        digest.update(f"{content} {path}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
