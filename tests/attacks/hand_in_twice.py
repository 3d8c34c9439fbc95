# tries: points
# about: hands in several times, and hopes that the best one counts
# expect: identity_block 0, convolutional_block 0, ResNet50 0

import autograder.student.checks as checks

hand_in = checks.hand_in

def twice(*args, **kwargs):
    hand_in(*args, **kwargs)
    hand_in(*args, **kwargs)

checks.hand_in = twice
