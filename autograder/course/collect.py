"""A collector for `nbgrader zip_collect` that knows the files' names in downloads of Moodle, Canvas and Gradescope.

Put the download into downloaded/ASSIGNMENT/archive/ and run `nbgrader zip_collect ASSIGNMENT`; nbgrader_config.py names it.
"""

import os
import re

from nbgrader.plugins import FileNameCollectorPlugin
from traitlets import Dict, Unicode

NOTEBOOK = r"(?P<file_id>[^/]+?)(?: ?\(\d+\)|-\d+)?\.ipynb$"  # "-1" and "(1)" are added to names that were there before


class LmsCollector(FileNameCollectorPlugin):
    """Tells from the path of an extracted file whose it is. What fits no pattern is left out, with a line in the log."""

    patterns = Dict(
        Unicode(),
        key_trait=Unicode(),
        default_value={
            # Jane Doe_1234567_assignsubmission_file/residual_networks.ipynb; also with an underscore at the end
            "Moodle": r".*?(?P<first_name>[^/_]+)_(?P<student_id>\d+)_assignsubmission_file_?/(?:.*/)?" + NOTEBOOK,
            # doejane_LATE_12345_678901_residual_networks-1.ipynb; LATE only where it was
            "Canvas": r"(?:.*/)?(?P<student_id>[^/_]+)_(?:LATE_)?\d+_\d+_" + NOTEBOOK,
            # assignment_99_export/submission_345678/residual_networks.ipynb
            "Gradescope": r".*?submission_(?P<student_id>\d+)/(?:.*/)?" + NOTEBOOK,
        },
        help="Regular expressions with the groups student_id and file_id, tried one after another",
    ).tag(config=True)

    def collect(self, submitted_file):
        path = submitted_file.replace(os.sep, "/")
        for name, pattern in self.patterns.items():
            match = re.match(pattern, path)
            if match:
                self.log.debug("%s is a file of %s", path, name)
                return {key: value for key, value in match.groupdict().items() if value}
        self.log.warning("%s is left out: its name is not one of those in downloads of %s", path, ", ".join(self.patterns))
        return None
