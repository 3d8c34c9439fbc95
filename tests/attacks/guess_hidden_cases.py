# tries: points
# about: hands in the public cases in place of the hidden ones
# expect: identity_block 0, convolutional_block 0, ResNet50 0

import autograder.student.checks as checks

hand_in = checks.hand_in
checks.hand_in = lambda exercise, function, cases, *rest: hand_in(exercise, function, exercise.cases, *rest)
