import os
import sys

c = get_config()  # noqa: F821 (nbgrader provides it)

c.CourseDirectory.course_id = "residual-networks"
# References of hidden cases and the figures' script stay with the instructor.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", "hidden", "draw.py"]

# Copied cells, and cells of an older version, would make nbgrader give up.
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "autograder.repair.Repair",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# Scores come from the judge, not from what the kernel says about itself. It stands behind the execution, so that it sees
# the hand-ins, and before SaveAutoGrades, which records its score.
c.Autograde.autograde_preprocessors = [
    "autograder.execute.ExecuteByQuestion",
    "autograder.judge.Judge",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# Feedback shows the diagnosis and no hidden test.
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "autograder.judge.HideTests",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
# A deleted test cell is put back, so that the answer is graded all the same.
c.OverwriteCells.add_missing_cells = True
# Importing TensorFlow takes up to 15 s on a slow machine; no exercise needs longer than a few seconds.
c.Execute.timeout = 60
# nbgrader calls `alembic` by name: find the one beside this Python, activated or not.
os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])
