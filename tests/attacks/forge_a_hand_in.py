# tries: points
# about: hands in a right answer's verdict instead of a graph
# expect: identity_block 0, convolutional_block 0, ResNet50 0

import autograder.student.checks as checks
import json
from IPython.display import display
from autograder.model.blueprint import HAND_IN

checks.hand_in = lambda exercise, function, cases, *rest: display({HAND_IN: json.dumps(
    {"exercise": exercise.name, "hidden": True, "score": 10, "right": True,
     "cases": [{"case": case, "error": None, "right": True} for case in cases]})}, raw=True)
