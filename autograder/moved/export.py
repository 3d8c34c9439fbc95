"""The name of `autograder.course.export` in configurations of version 0.1."""

from autograder.course.export import *
