"""What grader and kernel say to each other before a kernel runs: a request, and the files of a submission as bytes.

Standard library only: both ends import it. A request is its description, plain JSON, and a tar archive, each after its
length as `LENGTH_DIGITS` digits.
"""

import fnmatch
import io
import json
import os
import stat
import tarfile
from collections.abc import Sequence
from typing import Any, BinaryIO

LENGTH_DIGITS = 16
FILE_OVERHEAD_BYTES = 500  # what each file counts beside its content


def pack_request(description: dict[str, Any], files: bytes) -> bytes:
    """A request for a kernel as bytes: its description, plain data, and the files as a tar archive (see `pack`)."""
    parts = json.dumps(description).encode(), files
    return b"".join(b"%0*d" % (LENGTH_DIGITS, len(part)) + part for part in parts)


def read_request(stream: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """The description and the tar archive of a request. Raises EOFError where the stream ends before the request does."""
    description: dict[str, Any] = json.loads(_read_part(stream))
    return description, _read_part(stream)


def _read_part(stream: BinaryIO) -> bytes:
    length = stream.read(LENGTH_DIGITS)
    part = stream.read(int(length)) if len(length) == LENGTH_DIGITS else b""
    if len(length) < LENGTH_DIGITS or len(part) < int(length):
        raise EOFError("the request ends too early")
    return part


def unpack(files: bytes, folder: str | os.PathLike[str]) -> None:
    """Write the files of a tar archive into a folder that is there. Raises tarfile.TarError and OSError."""
    with tarfile.open(fileobj=io.BytesIO(files)) as archive:
        if hasattr(tarfile, "data_filter"):  # not in Python 3.11.2
            archive.extractall(folder, filter="data")
        else:
            archive.extractall(folder)


def pack(
    folder: str | os.PathLike[str], withheld: Sequence[str], most_bytes: int, most_files: int | None = None
) -> tuple[bytes, list[str]]:
    """A tar archive of the ordinary files of a folder, and the names of files that were left out.

    Links, pipes and sockets are left out, and so is what would take it above `most_bytes` or `most_files`. Files that
    match a pattern of `withheld`, and folders whose name begins with a dot, are left out without a word."""
    packed, left_out, size, count = io.BytesIO(), [], 0, 0
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for here, folders, files in os.walk(folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                path = os.path.join(here, name)
                inside, status = os.path.relpath(path, folder), os.lstat(path)
                if any(fnmatch.fnmatch(inside, pattern) for pattern in withheld):
                    continue
                if not stat.S_ISREG(status.st_mode) or size + status.st_size > most_bytes or count == most_files:
                    left_out.append(inside)
                    continue
                size += status.st_size + FILE_OVERHEAD_BYTES
                count += 1
                archive.add(path, inside, recursive=False, filter=_anonymous)
    return packed.getvalue(), left_out


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """A tar entry that does not tell whose file it was."""
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o644
    return entry
