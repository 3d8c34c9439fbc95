"""Submissions on their way from nbgrader's exchange into `submitted/`: nbgrader_config.py names this plugin.

Students write into the exchange's inbound folder, where each may make folders of any name and change them at any time.
"""

import fnmatch
import os
import pwd
import shutil
from datetime import datetime

from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import ExchangeCollect

from ..grading.files import CONTROL, TIMESTAMP, Budget, Refused, copy_tree, open_folder, why_no_time
from ..grading.groups import Sharing
from ..grading.source import names_in
from .collect import DISK


class SafeCollect(ExchangeCollect):
    """nbgrader's collecting from the exchange, where students write: links and the like are left out and named, and nobody's
    folder keeps another one's from being collected."""

    def init_src(self):
        """Find each student's newest submission. nbgrader believes the name that a folder has, and whoever may hand in may
        make one of any name: what has no time in it would end the collecting, and one with somebody else's name and a late
        time would be taken in the place of theirs."""
        self._owned = {}
        super().init_src()

    def _path_to_record(self, path):
        try:
            record = super()._path_to_record(path)
            if CONTROL.search(record["filename"]):
                raise ValueError("no user's name")
            self._owned[record["filename"]] = _owner(path) == record["username"]
            return record
        except (ValueError, OverflowError, OSError, ExchangeError) as error:
            self.log.warning("%r is not collected: its name tells no user and time (%s)", path, type(error).__name__)
            return {"username": "", "filename": os.path.basename(path), "timestamp": datetime.min}

    def _sort_by_timestamp(self, records):
        """The newest first; before all others, where owners are looked at, those that belong to whom they name."""
        newest = super()._sort_by_timestamp(records)
        if not self.check_owner:
            return newest
        return sorted(newest, key=lambda record: not self._owned.get(record["filename"]))

    def copy_files(self):
        """Collect what has a name. A copy of a group's submission is in nobody's way: nbgrader would take it for an earlier
        one of the student's own, or for a later one, as the other's time says."""
        self.src_records = [record for record in self.src_records if record["username"]]
        directory = self.coursedir
        submitted = os.path.join(directory.root, directory.submitted_directory)
        names = names_in(directory, directory.assignment_id)
        sharing = Sharing(submitted, directory.assignment_id, names, self.log)
        for student in (record["username"] for record in self.src_records):
            if (sharing.source_of(student) or [""])[0]:
                shutil.rmtree(os.path.join(submitted, student, directory.assignment_id))
        super().copy_files()

    def do_copy(self, src, dest, log=None):
        """Copy one submission. What cannot be copied is named, and the others are collected all the same."""
        directory = self.coursedir

        def wanted(entry):
            parts = entry.path.split("/")
            return (
                not any(fnmatch.fnmatch(part, pattern) for part in parts for pattern in directory.ignore)
                and any(fnmatch.fnmatch(entry.name, pattern) for pattern in directory.include)
                and _size(entry) <= 1000 * directory.max_file_size
                and not (entry.path == TIMESTAMP and no_time)
            )

        try:
            with open_folder(*os.path.split(src)) as folder:
                no_time = why_no_time(folder)
                if no_time:
                    self.log.warning("The time of submission in %r is left out: %s", src, no_time)
                for entry in copy_tree(folder, dest, wanted, Budget(size=1000 * directory.max_dir_size)):
                    self.log.warning("%r in %r is left out: %s", entry.path, src, entry.refused)
        except (Refused, OSError) as error:
            if isinstance(error, OSError) and error.errno in DISK:
                raise
            self.log.error("%r is not collected: %s", src, error)
            shutil.rmtree(dest, ignore_errors=True)
            return
        if directory.groupshared:
            _share_with_group(dest)


def _owner(path):
    """The name of the user whose folder this is, itself and not what it points to; "" for one that is not known."""
    try:
        return pwd.getpwuid(os.lstat(path).st_uid).pw_name
    except KeyError:
        return ""


def _size(entry):
    """Bytes of an Entry's file; its student may have removed it in the meantime. Raises Refused."""
    status = entry.folder.status(entry.name)
    if status is None:
        raise Refused("a file was removed while it was collected")
    return status.st_size


def _share_with_group(folder):
    for here, _, names in os.walk(folder):
        os.chmod(here, os.stat(here).st_mode | 0o2770)
        for name in names:
            path = os.path.join(here, name)
            os.chmod(path, os.stat(path).st_mode | 0o660)
