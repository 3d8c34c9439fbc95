"""Downloads of learning management systems on their way into `submitted/`. Nbgrader's exchange is in exchange.py.

nbgrader_config.py names the two plugins. Put a download into downloaded/ASSIGNMENT/archive/ and run
`nbgrader zip_collect ASSIGNMENT`: `SafeExtractor` unpacks it, `LmsCollector` tells whose each file is. One student's files
never stop the collecting of the others', and whose a file is follows from the names that the LMS wrote, never from one that
a student chose.
"""

import errno
import functools
import itertools
import os
import re
import shutil
import tarfile
import time
import unicodedata
import zipfile
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin
from traitlets import Dict, Unicode

from ..grading.files import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_PATH,
    TIMESTAMP,
    Budget,
    Refused,
    entries,
    open_folder,
    why_no_name,
    why_no_time_in,
)
from .systems import METADATA, PATTERNS, call_as_in, gradescope_metadata, in_utc, known_of

AGAIN = re.compile(r"(.*[^ ]) ?\((\d{1,9})\)|(.+)-(\d{1,9})")  # what is added to a name that was there before
STUDENT = re.compile(r"[^\W_][\w .@+-]{0,99}")
MAX_LIST = 50_000_000  # bytes of a system's own list of submissions
SCRIPT = ".py"
MAX_ARCHIVES = 3  # archives within archives
DOWNLOAD = {"entries": 100_000, "size": 10**12}  # of a whole class; bytes
RATIO = 100  # bytes that a byte of a download may become
DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # trouble that is nobody's file's


def is_id(name):
    """Whether some text can be a student's id. Marks, as the vowels of Hindi, are no letters to `re`."""
    return STUDENT.fullmatch("".join("a" if unicodedata.category(c)[0] == "M" else c for c in name)) is not None


class LmsCollector(FileNameCollectorPlugin):
    """Tells from the path of an extracted file whose it is. What fits no pattern is left out, with a line in the log."""

    patterns = Dict(
        Unicode(),
        key_trait=Unicode(),
        default_value=PATTERNS,
        help="Regular expressions for paths below `extracted`, with the groups student_id and file_id. Of several that "
        "match, the one counts whose student_id stands first: what comes later in a path may be the student's own",
    ).tag(config=True)
    timezone = Unicode(
        "UTC", help="The time zone of the times that a system writes into its download, for example Europe/Berlin"
    ).tag(config=True)

    _files = None  # {path: what is known of it, or why it is left out}

    def collect(self, submitted_file):
        """nbgrader's question: {"student_id": ..., "file_id": ...} of a file, or None if it is not collected."""
        if self._files is None:
            self._verify_named_regexp()
            root = self.parent._format_collect_path(self.parent.extracted_directory)
            directory = self.parent.coursedir
            released = Path(directory.format_path(directory.source_directory, ".", directory.assignment_id))
            released = {path.stem for path in released.glob("*.ipynb")}
            self._files = self.identify(root, released, self._remember_names)
        known = self._files.get(os.path.abspath(submitted_file), "it came while the others were looked at")
        if isinstance(known, str):
            self.log.warning("%r is left out: %s", submitted_file, known)
            return None
        # nbgrader takes what follows the last dot for the kind of file, and of two files of one name then takes none at all
        kind = os.path.splitext(submitted_file)[1]
        return {**known, "file_id": known["file_id"].removesuffix(kind) + kind}

    def _verify_named_regexp(self):
        """End the command, as nbgrader does, where its own option is of no use."""
        try:
            groups = re.compile(self.named_regexp).groupindex.keys() if self.named_regexp else {"student_id", "file_id"}
        except re.error as error:
            self.parent.fail(f"named_regexp is no regular expression: {error}")
        if groups and not {"student_id", "file_id"} <= groups:
            self.parent.fail("named_regexp must have the groups student_id and file_id")

    def identify(self, root, released=(), rename=lambda known_files: None):
        """What is known of each file below a folder: {path: {"student_id", "file_id", ...}, or why it is left out}.

        released: names of the assignment's notebooks, which are no second uploads even if they end with a number.
        rename: calls the students as the gradebook does.
        """
        found, uploads, texts = {}, {}, {}
        with open_folder(root) as folder:
            for entry in entries(folder, Budget(**DOWNLOAD)):
                path = os.path.abspath(os.path.join(root, entry.path))
                if entry.refused:
                    found[path] = entry.refused
                elif not entry.is_folder:
                    if entry.name in (METADATA, TIMESTAMP):
                        texts[entry.path] = _text_of(entry)
                    found[path] = self._whose(entry.path, released, path)
                    if isinstance(found[path], dict):
                        uploads[path] = entry.folder.status(entry.name).st_mtime
        self._add_what_lies_beside(root, found, uploads, texts)
        self._tell_titles_apart(found, uploads)
        self._tell_namesakes_apart(found, uploads)
        rename([found[path] for path in uploads])
        self._leave_out_scripts(found, uploads)
        self._choose_newest(found, uploads)
        return found

    def _whose(self, path, released, whole_path=""):
        """What a file's path tells, or why it is left out. A Mac writes letters and their accents one by one."""
        path = unicodedata.normalize("NFC", path)
        if self.named_regexp:  # nbgrader's own option counts alone, and is matched with the whole path, as there
            known = {key: value for key, value in (self._match(whole_path) or {}).items() if value}
            if not {"student_id", "file_id"} <= known.keys():
                return f"its name is not what named_regexp says, {self.named_regexp}"
        else:
            known = known_of(path, self.patterns)
            name, kind = os.path.splitext(path)
            if known is None and known_of(f"{name}.ipynb", self.patterns):
                if kind != SCRIPT:
                    return "it is no notebook"
                known = {**known_of(f"{name}.ipynb", self.patterns), "script": True}
            if known is None:
                return f"its name is not one of those in downloads of {', '.join(self.patterns)}"
        if "timestamp" in known:
            known["time"] = known.pop("timestamp")
        if not is_id(known["student_id"]):
            return "what stands in the place of the student's name is none"
        if known["file_id"].startswith("."):
            return "it is a hidden file"
        again = None if known["file_id"] in released else AGAIN.fullmatch(known["file_id"])
        known["again"] = 0
        if again:
            known["file_id"] = again[1] or again[3]
            known["again"] = int(again[2] or again[4])
        return known

    def _add_what_lies_beside(self, root, found, uploads, texts):
        """Gradescope's list of who has submitted what, and Sakai's times; then all times are made nbgrader's."""
        lists = {os.path.dirname(p): gradescope_metadata(text) for p, text in texts.items() if p.endswith(METADATA)}
        for path in uploads:
            known, place = found[path], os.path.relpath(path, root)
            for folder, submissions in lists.items():
                here, _, below = place.partition(f"submission_{known['student_id']}/")
                told = submissions.get(f"submission_{known['student_id']}") if below and here.rstrip("/") == folder else None
                if told:
                    known |= {"email": told.get("email", ""), "time": told.get("created_at", "")}
                    known["first_name"], _, known["last_name"] = told.get("name", "").rpartition(" ")
                    name = told.get("sid") or told.get("email") or ""
                    known["student_id"] = name if is_id(name) else known["student_id"]
            student = re.match(r"(.*?)/Submission attachment\(s\)/", place)
            if student and "time" not in known:
                known["time"] = texts.get(f"{student[1]}/{TIMESTAMP}", "")
            time = known.pop("time", "")
            written = time and (in_utc(time, self.timezone) or time)
            if written and not why_no_time_in(written):
                known["timestamp"] = written

    @staticmethod
    def _tell_titles_apart(found, uploads):
        """Blackboard writes the assignment's title before the user's name, which may hold an underscore itself: the title is
        what all have in common."""
        titles = {found[path]["title"] for path in uploads if "title" in found[path]}
        parts = zip(*(title.split("_") for title in titles))
        common = "_".join(first for first, *_ in itertools.takewhile(lambda each: len(set(each)) == 1, parts))
        for path in uploads:
            more = found[path].pop("title", common).removeprefix(common).removeprefix("_")
            found[path]["student_id"] = f"{more}_{found[path]['student_id']}" if more else found[path]["student_id"]

    def _remember_names(self, known_files):
        """Call students as the gradebook does, and add to it those whom it does not have, with the names and the ids that
        the download has of them."""
        fields = {"first_name": "first_name", "last_name": "last_name", "email": "email", "lms_id": "lms_user_id"}
        with Gradebook(self.parent.coursedir.db_url, self.parent.coursedir.course_id) as gradebook:
            there = {student.id: student for student in gradebook.students}
            call_as_in(gradebook.students, known_files)
            people = {known["student_id"]: known for known in known_files}
            for name, known in people.items():
                told = {column: known[key][:100] for key, column in fields.items() if known.get(key)}
                new = {column: text for column, text in told.items() if not getattr(there.get(name), column, None)}
                if new or name not in there:
                    gradebook.update_or_create_student(name, **new)
            absent, unknown = sorted(there.keys() - people.keys()), sorted(people.keys() - there.keys())
        late = sorted(name for name, known in people.items() if known.get("late"))
        if absent:
            self.log.warning("In the gradebook, but not in the download: %s", ", ".join(absent))
        if there and unknown:
            self.log.warning("In the download, but not in the gradebook before: %s", ", ".join(unknown))
        if late:
            self.log.warning("Late, as the download says: %s", ", ".join(late))

    @staticmethod
    def _tell_namesakes_apart(found, uploads):
        """Canvas writes a name and a number: where two numbers have one name, they are two students."""
        numbers = {}
        for path in uploads:
            if "number" in found[path]:
                numbers.setdefault(found[path]["student_id"], set()).add(found[path]["number"])
        for path in uploads:
            number = found[path].get("number")
            if number and len(numbers[found[path]["student_id"]]) > 1:
                found[path]["student_id"] += f"_{number}"

    @staticmethod
    def _leave_out_scripts(found, uploads):
        """A notebook that was exported as a script is taken from those alone who have handed in no notebook."""
        with_notebook = {found[path]["student_id"] for path in uploads if "script" not in found[path]}
        for path in list(uploads):
            if found[path].pop("script", False) and found[path]["student_id"] in with_notebook:
                found[path] = "it is no notebook"
                del uploads[path]

    @staticmethod
    def _choose_newest(found, uploads):
        """Of several files that would become one, the newest counts; the others are named."""
        groups = {}
        for path, written in uploads.items():
            again = found[path].pop("again")
            key = (found[path]["student_id"], found[path]["file_id"])
            groups.setdefault(key, []).append((found[path].get("timestamp", ""), written, again, path))
        for group in groups.values():
            *older, (*_, newest) = sorted(group)
            for *_, path in older:
                found[path] = f"there is a newer one by the same student, {os.path.basename(newest)!r}"


def _text_of(entry):
    """A small file's text, or ""."""
    try:
        return entry.folder.read(entry.name, MAX_LIST).decode("utf-8", "replace")
    except (Refused, OSError):
        return ""


class SafeExtractor(ExtractorPlugin):
    """Unpacks downloads and the zips of students in them: ordinary files only, within limits, and what cannot be unpacked
    is named and left out."""

    def extract(self, archive_path, extracted_path):
        """Unpack or copy all files of one folder to another. Raises OSError if that cannot be written to."""
        with open_folder(archive_path) as folder:
            for entry in entries(folder, Budget(**DOWNLOAD)):
                if entry.refused:
                    self._leave_out(entry.path, entry.refused)
                elif not entry.is_folder:
                    with entry.folder.open(entry.name) as file:
                        self._take(file, Path(extracted_path, entry.path), os.fstat(file.fileno()).st_mtime, 0, None)

    def _leave_out(self, path, reason):
        self.log.warning("%r is left out: %s", str(path), reason)

    def _take(self, file, path, written, level, budget):
        """Write an open file to a path, and unpack it beside if it is an archive. level: how many archives it lies in."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "wb") as copy:
                shutil.copyfileobj(file, copy)
            os.utime(path, (written, written))
            if path.suffix in self.zip_ext:
                with open(path, "rb") as archive:
                    self._unpack(
                        archive, path.with_name(path.name.removesuffix(path.suffix).removesuffix(".tar")), level, budget
                    )
        except Exception as error:  # zipfile and tarfile raise what they like
            if isinstance(error, OSError) and error.errno in DISK:
                raise
            self._leave_out(path, f"it cannot be unpacked ({type(error).__name__}: {error})")

    def _unpack(self, archive, folder, level, budget):
        """Unpack an archive into a folder. The download has a budget of its own (None), each zip in it that of a student."""
        size = os.fstat(archive.fileno()).st_size
        if level == MAX_ARCHIVES:
            raise ValueError("it is an archive in an archive in an archive")
        if level == 0:
            budget = Budget(DOWNLOAD["entries"], MAX_BYTES + size * RATIO)
            members = _zip_members(archive) if zipfile.is_zipfile(archive) else _tar_members(archive)
        else:
            budget = budget or Budget()
            if _directory_size(archive) > budget.entries * MAX_PATH:
                raise ValueError("it holds too many files")
            members = _zip_members(archive)
        for name, size, written, open_member in members:
            parts = name.replace("\\", "/").split("/")
            reason = _why_hostile(name, parts)
            if reason:
                self._leave_out(folder / name, reason)
            elif reason := budget.why_exceeded(size):
                return self._leave_out(folder / name, f"{reason}; and so is what follows")
            else:
                with open_member() as file:
                    self._take(file, folder.joinpath(*parts), written, level + 1, budget if level else None)


def _why_hostile(name, parts):
    if reason := why_no_name(name):
        return reason
    if {"", ".", ".."} & set(parts):
        return "its name leads out of the archive"
    if len(parts) > MAX_DEPTH or len(os.fsencode(name)) > MAX_PATH:
        return "it lies too deep in folders"
    return None


def _zip_members(archive):
    """(name, size, time of change, how to open it) of the files in a zip, notebooks first."""
    unpacked = zipfile.ZipFile(archive)
    for info in sorted(unpacked.infolist(), key=lambda info: not info.filename.endswith(".ipynb")):
        if not info.is_dir():
            try:
                written = time.mktime((*info.date_time, 0, 0, -1))
            except (ValueError, OverflowError):
                written = 0
            yield info.filename, info.file_size, written, functools.partial(unpacked.open, info)


def _tar_members(archive):
    """The same of a tar archive, in its order. Links are left out."""
    archive.seek(0)
    with tarfile.open(fileobj=archive) as unpacked:
        for member in unpacked:
            if member.isreg():
                yield member.name, member.size, member.mtime, functools.partial(unpacked.extractfile, member)


def _directory_size(archive):
    """Bytes of a zip's list of files, which zipfile reads as a whole. Raises ValueError for very large zips."""
    archive.seek(max(0, os.fstat(archive.fileno()).st_size - 66_000))
    end = archive.read()
    start = end.rfind(b"PK\5\6")
    if start < 0 or len(end) < start + 22:
        raise ValueError("it is no zip")
    if b"PK\6\7" in end[max(0, start - 20) : start]:
        raise ValueError("it is a zip for more than 4 GB")
    return int.from_bytes(end[start + 12 : start + 16], "little")
