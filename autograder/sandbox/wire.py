"""What grader and kernel say to each other before a kernel runs: a request, and the files of a submission as bytes.

Standard library only: both ends import it.
"""

import fnmatch
import io
import json
import os
import stat
import tarfile

LENGTH = 16  # digits of a length, before each part of a request
ENTRY = 500  # bytes that each file counts beside its content


def pack_request(description, files):
    """A request for a kernel as bytes: its description, plain data, and the files as a tar archive."""
    description = json.dumps(description).encode()
    return b"".join(b"%0*d" % (LENGTH, len(part)) + part for part in (description, files))


def read_request(stream):
    """The request's description and the files as a tar archive, or None at the end of the stream."""
    parts = []
    for _ in range(2):
        length = stream.read(LENGTH)
        if len(length) < LENGTH:
            return None
        parts.append(stream.read(int(length)))
    return json.loads(parts[0]), parts[1]


def unpack(files, folder):
    """Write the files of a tar archive, given as bytes, into a folder."""
    with tarfile.open(fileobj=io.BytesIO(files)) as archive:
        archive.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))  # not in Python 3.11.2


def pack(folder, withheld, limit):
    """A tar archive of the ordinary files of a folder as bytes, and the names of files that were left out.

    Links, pipes and sockets are left out, and so is what would take it above `limit` bytes. Files that match a pattern
    of `withheld` are left out without a word.
    """
    packed, left_out, size = io.BytesIO(), [], 0
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for here, folders, files in os.walk(folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                path = os.path.join(here, name)
                inside, status = os.path.relpath(path, folder), os.lstat(path)
                if any(fnmatch.fnmatch(inside, pattern) for pattern in withheld):
                    continue
                if not stat.S_ISREG(status.st_mode) or size + status.st_size > limit:
                    left_out.append(inside)
                    continue
                size += status.st_size + ENTRY
                archive.add(path, inside, recursive=False, filter=_plain)
    return packed.getvalue(), left_out


def _plain(entry):
    """A tar entry that does not tell whose file it was."""
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o644
    return entry
