"""The name of `autograder.grading.execute` in configurations of version 0.1."""

from autograder.grading.execute import *
