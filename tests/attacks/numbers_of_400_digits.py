# tries: stop
# about: hands in whole numbers of 400 digits, to fail the grader itself
# expect: identity_block 0, convolutional_block 0, ResNet50 0
# then: stop

import autograder.student.checks as checks

dumps = checks.json.dumps

class Large:
    dumps = staticmethod(lambda payload: dumps(payload).replace("3", "3" * 400))
    loads = staticmethod(checks.json.loads)

checks.json = Large
