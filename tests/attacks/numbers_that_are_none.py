# tries: stop
# about: hands in NaN, infinities and numbers beyond all range, bare and where names belong
# expect: identity_block 0, convolutional_block 0, ResNet50 0
# then: nothing

import autograder.student.checks as checks

dumps = checks.json.dumps

class Strange:
    dumps = staticmethod(lambda payload: dumps(payload).replace("3", "NaN").replace("5", "-Infinity").replace("2", "1e999"))
    loads = staticmethod(checks.json.loads)

checks.json = Strange
