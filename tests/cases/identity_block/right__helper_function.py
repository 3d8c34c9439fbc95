# points: 10
def _conv_bn(X, filters, size, padding, initializer):
    X = Conv2D(filters, size, padding=padding, kernel_initializer=initializer(seed=0))(X)
    return BatchNormalization(axis=3)(X)


def identity_block(X, f, filters, initializer=random_uniform):
    Y = Activation("relu")(_conv_bn(X, filters[0], 1, "valid", initializer))
    Y = Activation("relu")(_conv_bn(Y, filters[1], f, "same", initializer))
    return Activation("relu")(_conv_bn(Y, filters[2], 1, "valid", initializer) + X)
