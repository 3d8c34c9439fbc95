"""The name of `autograder.grading.judge` in configurations of version 0.1."""

from autograder.grading.judge import *
