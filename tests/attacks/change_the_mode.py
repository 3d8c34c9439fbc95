# tries: points
# about: pretends that the notebook is being recorded or validated
# expect: identity_block 0, convolutional_block 0, ResNet50 0

import os
os.environ["NBGRADER_EXECUTION"] = "record"
os.environ["NBGRADER_VALIDATING"] = "1"
