# about: tries forged outputs and objects with magic comparison
# expect: gradient_norms 0, identity_block 0, convolutional_block 0, ResNet50 10
# first: gradient_norms not an array of numbers
# first: identity_block not a tensor
# others: solution

# %% gradient_norms
class Yes:
    def __eq__(self, other):
        return True

    __lt__ = __le__ = __gt__ = __ge__ = __eq__

    def __sub__(self, other):
        return 0

    __rsub__ = __abs__ = __sub__


def gradient_norms(model, X, y):
    return Yes()

# %% identity_block
import sys


def identity_block(X, f, filters, initializer=random_uniform):
    sys.displayhook(10.0)
    return 10.0

# %% convolutional_block
from IPython.display import display


def convolutional_block(X, f, filters, s=2, initializer=glorot_uniform):
    display({"text/plain": "10.0"}, raw=True)
    raise SystemExit
