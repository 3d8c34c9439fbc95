"""The name of `autograder.grading.submissions` in configurations of version 0.1."""

from autograder.grading.submissions import *
