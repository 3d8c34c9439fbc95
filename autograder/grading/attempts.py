"""Earlier attempts, kept for `python -m autograder attempts` where the course says so."""

import json
from pathlib import Path

from .files import bring_back, digest_of, open_folder, replace_folder, replace_text

DIGESTS = "digests.json"  # {digest: number}, of an attempt as it was submitted and as grading leaves it


class Attempts:
    """A student's attempts at an assignment: copies, numbered from 1, in submitted/STUDENT/.ASSIGNMENT.attempts.

    submission: the path of the submission, submitted/STUDENT/ASSIGNMENT. names: those of the assignment's notebooks.
    """

    def __init__(self, submission, names=()):
        self.submission, self.names = Path(submission), names
        self.folder = self.submission.with_name(f".{self.submission.name}.attempts")

    def numbers(self):
        """The numbers of all that are kept, in the order in which they were graded."""
        names = [path.name for path in self.folder.glob("*/")]
        return sorted(int(name) for name in names if name.isdecimal() and name == str(int(name)))

    def keep(self, submission):
        """Keep what lies there, an open folder, as a new attempt unless it is kept already; its number."""
        digest, there = self._digest_of(submission), self.numbers()
        known = {digest: number for digest, number in self._digests().items() if number in there}
        if digest not in known:
            known[digest] = max(there, default=0) + 1
            self.folder.mkdir(exist_ok=True)
            replace_folder(self.folder / str(known[digest]), submission, self.names)
            self._remember(known)
        return known[digest]

    def rename(self, submission, number):
        """What lies there, an open folder, is the attempt of this number, whatever grading has moved in it."""
        self._remember(self._digests() | {self._digest_of(submission): number})

    def present(self):
        """The number of the attempt that lies there, or None if it is none of these. Raises Refused."""
        bring_back(self.submission)
        with open_folder(self.submission.parent, self.submission.name) as submission:
            return self._digests().get(self._digest_of(submission))

    def open(self, number):
        """A kept attempt, open."""
        return open_folder(self.folder, str(number))

    def put_back(self, number):
        """Put an attempt in the place of what lies there."""
        with self.open(number) as attempt:
            replace_folder(self.submission, attempt, self.names)

    def _digest_of(self, submission):
        return digest_of(submission, self.names)

    def _digests(self):
        try:
            found = json.loads((self.folder / DIGESTS).read_text())
            return {digest: int(number) for digest, number in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _remember(self, digests):
        replace_text(self.folder / DIGESTS, json.dumps(digests))
