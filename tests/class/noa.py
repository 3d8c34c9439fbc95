# about: right, and noisy: prints and writes to stderr
# expect: gradient_norms 5, identity_block 10, convolutional_block 10, ResNet50 10
# others: solution

# %% identity_block
import sys
import warnings

print("hello", file=sys.stderr)


def identity_block(X, f, filters, initializer=random_uniform):
    F1, F2, F3 = filters
    X_shortcut = X
    print("shape", X.shape)
    warnings.warn("this is only a warning")
    sys.stderr.write("something on stderr\n")
    X = Conv2D(F1, 1, padding="valid", kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = Activation("relu")(X)
    X = Conv2D(F2, f, padding="same", kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = Activation("relu")(X)
    X = Conv2D(F3, 1, padding="valid", kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = Add()([X, X_shortcut])
    return Activation("relu")(X)
