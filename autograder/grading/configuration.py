"""The kit's settings for nbgrader: a course's nbgrader_config.py calls `apply(c)`.

Settings that the course's file has made before are kept; those that it makes afterwards win as well.
"""

import copy
import os
import sys

# Files that stay with the instructor, beside those that nbgrader leaves out itself: references of hidden cases and the
# figures' script; and what grading and training leave behind.
IGNORED = ["hidden", "draw.py", ".submission.sha256", "weights"]
# Without these the judge does not judge, or students' files and pages are not safe.
PLUGINS = {
    # Mangled submissions are repaired, or get a verdict that says what is wrong with them; an interrupted one is graded
    # again.
    "Autograde": {
        "exporter_class": "autograder.grading.submissions.SubmissionExporter",
        "sanitize_preprocessors": [
            "nbgrader.preprocessors.ClearOutput",
            "nbgrader.preprocessors.DeduplicateIds",
            "autograder.grading.repair.Repair",
            "nbgrader.preprocessors.OverwriteKernelspec",
            "nbgrader.preprocessors.OverwriteCells",
            "autograder.grading.repair.ForgetUnknownCells",
            "nbgrader.preprocessors.CheckCellMetadata",
            "autograder.grading.pages.CleanTexts",  # no script of a student's in a text cell, wherever it is shown
        ],
        # Scores of exercises come from the judge, not from what the kernel says about itself. It comes after the execution,
        # whose hand-ins it reads, and before SaveAutoGrades, which records its score.
        "autograde_preprocessors": [
            "autograder.grading.execute.ExecuteByQuestion",
            "autograder.grading.judge.Judge",
            "nbgrader.preprocessors.IgnorePattern",
            "nbconvert.preprocessors.ClearMetadataPreprocessor",
            "nbgrader.preprocessors.LimitOutput",
            "nbgrader.preprocessors.SaveAutoGrades",
            "autograder.grading.judge.HoldPoints",  # what the machine cannot judge needs a person's grade
            "nbgrader.preprocessors.AssignLatePenalties",
        ],
    },
    # Feedback shows the diagnosis and no hidden test, and holds no script.
    "GenerateFeedback": {
        "exporter_class": "autograder.grading.pages.FeedbackExporter",
        "preprocessors": [
            "nbgrader.preprocessors.GetGrades",
            "autograder.grading.judge.HideTests",
            "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
        ],
    },
    # Nothing that a student wrote runs in the browser of whoever reads the feedback or grades by hand; no line of code
    # takes it hours to colour.
    "HTMLExporter": {"sanitize_html": True, "filters": {"highlight_code": "autograder.grading.pages.Highlight"}},
    # Downloads of learning management systems (`nbgrader zip_collect`) and the exchange (`nbgrader collect`): what
    # students made is copied, never followed, and one student's files do not stop the collecting of others'.
    "ZipCollectApp": {
        "extractor_plugin": "autograder.course.collect.SafeExtractor",
        "collector_plugin": "autograder.course.collect.LmsCollector",
    },
    "ExchangeFactory": {"collect": "autograder.course.exchange.SafeCollect"},
}
DEFAULTS = {
    # Notebooks are validated when all preprocessors have run, not after each: that takes a third of nbgrader's own time.
    "Exporter": {"optimistic_validation": True},
    "ClearMetadataPreprocessor": {"preserve_nb_metadata_mask": set()},  # the kernel says what language it speaks
    # Limits, per cell and per notebook in seconds, otherwise in MB. Importing TensorFlow takes up to 15 s on a slow
    # machine; no exercise needs longer than a few seconds, or more than 1 GB.
    "Execute": {"timeout": 60},
    "ExecuteByQuestion": {"notebook_timeout": 300},
    "Helper": {"seconds": 20, "memory": 1000},  # of computing, for reading one notebook or judging one answer
    "Sandbox": {
        "sandbox": "bubblewrap",
        "memory": 4000,
        "disk": 500,
        "output": 20,  # of one cell, in at most 10,000 messages
        "processes": 64,
        "files": 512,
    },
}


def apply(c):
    """Give the Config object `c` of an nbgrader_config.py the kit's settings, but for those that it has already."""
    for section, settings in (*PLUGINS.items(), *DEFAULTS.items()):
        for name, value in settings.items():
            if name not in c[section]:
                c[section][name] = copy.deepcopy(value)
    ignored = c.CourseDirectory.ignore
    ignored.extend(name for name in IGNORED if not (isinstance(ignored, list) and name in ignored))
    # nbgrader calls `alembic` by name: find the one beside this Python, activated or not.
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])
