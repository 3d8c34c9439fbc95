"""Attempts of which the best one counts: it is kept beside a submission, and put back when a later one has fewer points.

What lies in the submitted folder is what counts, so that regrading, feedback and reports need to know nothing of attempts.
"""

import json
from pathlib import Path

from .files import Refused, digest_of, open_folder, replace_folder, was_interrupted

KEPT, KNOWN = "best", "known.json"  # in the folder of a student's attempts


class BestAttempts:
    """The attempts at an assignment. What is kept of them lies in submitted/STUDENT/.ASSIGNMENT.attempts.

    submitted: the folder of all submissions. log: a logger. `put_back`: students whose earlier attempt was put back since it
    was last emptied.
    """

    def __init__(self, submitted, assignment, log):
        self.submitted, self.assignment, self.log, self.put_back = Path(submitted), assignment, log, []

    def prepare(self):
        """Before grading: put the best attempt back where one lies that is known to have fewer points."""
        for folder in sorted(self.submitted.glob("*/")):
            student = folder.name
            if not self._kept(student).is_dir() or folder.is_symlink():
                continue
            try:
                if was_interrupted(folder / self.assignment) or self._digest(student) in self._known(student)["fewer"]:
                    self._put_back(student)
            except (Refused, OSError):
                continue  # it is not graded, and said to be not

    def graded(self, student, points):
        """An attempt of a student was graded: keep it, or put the one back that has more points. May raise Refused."""
        digest, known = self._digest(student), self._known(student)
        if known["points"] is None or points >= known["points"] or digest == known["digest"]:
            if digest != known["digest"]:
                self._keep(student)
            fewer = [other for other in known["fewer"] if other != digest]
            self._remember(student, digest=digest, points=points, fewer=fewer)
        else:
            self._remember(student, **{**known, "fewer": [*known["fewer"], digest]})
            self.log.warning(
                "%s has %g points for this attempt and %g for an earlier one, which counts and is graded again",
                *(student, points, known["points"]),
            )
            self._put_back(student)
            self.put_back.append(student)

    def _folder(self, student):
        return self.submitted / student / f".{self.assignment}.attempts"

    def _kept(self, student):
        return self._folder(student) / KEPT

    def _digest(self, student):
        with open_folder(self.submitted, student, self.assignment) as folder:
            return digest_of(folder)

    def _known(self, student):
        """{"digest", "points"} of the attempt that is kept, and "fewer": the digests of those that have fewer points."""
        try:
            return json.loads((self._folder(student) / KNOWN).read_text())
        except (OSError, ValueError):
            return {"digest": None, "points": None, "fewer": []}

    def _remember(self, student, **known):
        unfinished = self._folder(student) / f"{KNOWN}.unfinished"
        unfinished.write_text(json.dumps(known))
        unfinished.replace(self._folder(student) / KNOWN)

    def _keep(self, student):
        self._folder(student).mkdir(exist_ok=True)
        with open_folder(self.submitted, student, self.assignment) as folder:
            replace_folder(self._kept(student), folder)

    def _put_back(self, student):
        with open_folder(self._folder(student), KEPT) as folder:
            replace_folder(self.submitted / student / self.assignment, folder)
