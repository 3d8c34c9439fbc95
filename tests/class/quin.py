# about: one exercise kills the kernel, another cannot be interrupted; the others are graded all the same
# expect: gradient_norms 5, identity_block 0, convolutional_block 0, ResNet50 10
# first: identity_block ended the kernel
# first: convolutional_block time limit
# others: solution

# %% identity_block
import os


def identity_block(X, f, filters, initializer=random_uniform):
    os._exit(0)

# %% convolutional_block
import signal


def convolutional_block(X, f, filters, s=2, initializer=glorot_uniform):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        pass
