"""The name of `autograder.grading.repair` in configurations of version 0.1."""

from autograder.grading.repair import *
