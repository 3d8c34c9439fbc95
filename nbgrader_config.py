import os
import sys

c = get_config()  # noqa: F821 (nbgrader provides it)

c.CourseDirectory.course_id = "residual-networks"
# References of hidden cases and the figures' script stay with the instructor.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    "feedback",
    "hidden",
    "draw.py",
    ".unfinished",
    ".submission.sha256",
    "weights",
]

# Mangled submissions are repaired, or get a verdict that says what is wrong with them; an interrupted one is graded again.
c.Autograde.exporter_class = "autograder.grading.submissions.SubmissionExporter"
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "autograder.grading.repair.Repair",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "autograder.grading.repair.ForgetUnknownCells",
    "nbgrader.preprocessors.CheckCellMetadata",
    "autograder.grading.pages.CleanTexts",  # no script of a student's in a text cell, wherever it is shown
]
# Scores come from the judge, not from what the kernel says about itself. It comes after the execution, whose hand-ins it
# reads, and before SaveAutoGrades, which records its score.
c.Autograde.autograde_preprocessors = [
    "autograder.grading.execute.ExecuteByQuestion",
    "autograder.grading.judge.Judge",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "autograder.grading.judge.HoldPoints",  # what the machine cannot judge needs a person's grade
    "nbgrader.preprocessors.AssignLatePenalties",
]
# Notebooks are validated when all preprocessors have run, not after each: that takes a third of nbgrader's own time.
c.Exporter.optimistic_validation = True
c.ClearMetadataPreprocessor.preserve_nb_metadata_mask = set()  # the kernel says what language it speaks
# Feedback shows the diagnosis and no hidden test, and holds no script.
c.GenerateFeedback.exporter_class = "autograder.grading.pages.FeedbackExporter"
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "autograder.grading.judge.HideTests",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
# Nothing that a student wrote runs in the browser of whoever reads the feedback or grades by hand.
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.filters = {"highlight_code": "autograder.grading.pages.Highlight"}  # no line of code takes it hours
# Limits, per cell and per notebook in seconds, otherwise in MB. Importing TensorFlow takes up to 15 s on a slow machine;
# no exercise needs longer than a few seconds, or more than 1 GB.
c.Execute.timeout = 60
c.ExecuteByQuestion.notebook_timeout = 300
c.Helper.seconds = 20  # of computing, for reading one notebook or judging one answer
c.Helper.memory = 1000
c.Sandbox.memory = 4000
c.Sandbox.disk = 500
c.Sandbox.output = 20  # of one cell, in at most 10,000 messages
c.Sandbox.processes = 64
c.Sandbox.files = 512
# "none" would run submissions with all your rights.
c.Sandbox.sandbox = "bubblewrap"
# Downloads of Moodle, Canvas and Gradescope (`nbgrader zip_collect`) and the exchange (`nbgrader collect`): what students
# made is copied, never followed, and one student's files do not stop the collecting of others'.
c.ZipCollectApp.extractor_plugin = "autograder.course.collect.SafeExtractor"
c.ZipCollectApp.collector_plugin = "autograder.course.collect.LmsCollector"
c.ExchangeFactory.collect = "autograder.course.collect.SafeCollect"
# nbgrader calls `alembic` by name: find the one beside this Python, activated or not.
os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])
