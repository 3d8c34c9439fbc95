"""The name of `autograder.grading.submissions` in configurations of version 0.1."""

from autograder.grading.submissions import *


def begin(**_):
    """nbgrader's pre_convert_hook of version 0.1: the exporter does it."""


def finish(**_):
    """nbgrader's post_convert_hook of version 0.1: the exporter does it."""
