"""The name of what is now in `autograder.sandbox`, in configurations of version 0.1."""

from autograder.sandbox.client import *
from autograder.sandbox.processes import *
from autograder.sandbox.provisioner import *
