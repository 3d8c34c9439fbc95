"""The name of `autograder.sandbox.provisioner` in configurations of version 0.1."""

from autograder.sandbox.provisioner import *
