# tries: points
# about: hands in only one hidden case, many times
# expect: identity_block 0, convolutional_block 0, ResNet50 0

import autograder.student.checks as checks

hand_in = checks.hand_in
checks.hand_in = lambda exercise, function, cases, *rest: hand_in(exercise, function, cases[:1] * len(cases), *rest)
