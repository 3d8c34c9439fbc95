# tries: stop
# about: hands in JSON that is nested a million deep
# expect: identity_block 0, convolutional_block 0, ResNet50 0

import autograder.student.checks as checks
from IPython.display import display
from autograder.model.blueprint import HAND_IN
checks.hand_in = lambda *args, **kwargs: display({HAND_IN: "[" * 1_000_000}, raw=True)
