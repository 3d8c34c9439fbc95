# tries: stop
# about: hands in a graph with sizes beyond all memory
# expect: identity_block 0, convolutional_block 0, ResNet50 0

import json
import autograder.student.checks as checks
from IPython.display import display
from autograder.model.blueprint import HAND_IN
from autograder.student.trace import trace

run = checks.run_case

def inflate(value):
    if isinstance(value, dict):
        return {key: inflate(part) for key, part in value.items()}
    if isinstance(value, list):
        return [inflate(part) for part in value]
    return value * 10**9 if type(value) is int else value

def large(exercise, function, case, *rest, **more):
    entry, tensors = run(exercise, function, case, *rest, **more)
    return {**inflate(entry), "case": case}, tensors

checks.run_case = large
