"""The name of `autograder.course.collect` in configurations of version 0.1."""

from autograder.course.collect import *
from autograder.course.exchange import SafeCollect
