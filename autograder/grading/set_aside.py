"""What of a submission is not used is set aside, where no command looks for it, and said."""

from pathlib import PurePosixPath

from .files import CONTROL, Budget, entries, open_folder
from .pages import runs_in_a_browser

SET_ASIDE = ".set_aside"  # beside a submission's folder
SAID = 20  # things set aside that the log names one by one


class SetAside:
    """Where things of a submission go that are not to be used: submitted/STUDENT/.set_aside/ASSIGNMENT, which no command
    looks for and no student can hand in. It is made when the first one comes."""

    def __init__(self, submission, log):
        self.submission, self.log, self.taken = submission, log, {}

    def take(self, folder, name, path, reason):
        """Move the entry `name` of an open folder there, and say so. path: where it lies in the submission."""
        here = self.submission.path
        with (
            open_folder(here.parent.parent, here.parent.name) as student,
            student.make(SET_ASIDE) as all_of_them,
            all_of_them.make(here.name) as target,
        ):
            number = len(target.names()) if not self.taken else self.number + 1
            kept = CONTROL.sub("_", name)[:60] + (".txt" if runs_in_a_browser(name) else "")
            while target.status(new_name := f"{number}_{kept}"):
                number += 1
            folder.move(name, target, new_name)
        self.number, self.taken[path] = number, reason
        if len(self.taken) <= SAID:
            self.log.warning("%r in %s is not used: %s. It was moved to %s", path, here, reason, target.path)
        elif len(self.taken) == SAID + 1:
            self.log.warning("More in %s is not used, and was moved to the same place", here)

    def take_all(self, first, own=()):
        """Set aside what is not to be used; see `entries`. Returns {path: reason}, with what was taken before.

        own: paths of files that the assignment has itself, for example figures: nbgrader puts those in their place."""
        own_folders = {str(above) for path in own for above in PurePosixPath(path).parents}
        for entry in entries(self.submission, Budget(), first):
            entry.refused = entry.refused or _why_in_the_way(entry, own, own_folders)
            if entry.refused:
                self.take(entry.folder, entry.name, entry.path, entry.refused)
        return self.taken


def _why_in_the_way(entry, own, own_folders):
    """Why an Entry that is what it should be cannot stay where it is, or None."""
    if entry.is_folder:
        return "it is a folder in the place of a file of the assignment's" if entry.path in own else None
    if entry.path in own_folders:
        return "it is a file in the place of a folder of the assignment's"
    if entry.path not in own and runs_in_a_browser(entry.name):
        return "a browser would run it, with the rights of whoever grades"
    return None
