# points: 10
def identity_block(X, f, filters, initializer=random_uniform):
    Y = X
    for k, (n, size) in enumerate(zip(filters, (1, f, 1))):
        Y = Conv2D(n, size, padding="same", kernel_initializer=initializer(seed=0))(Y)
        Y = BatchNormalization()(Y)
        if k < 2:
            Y = ReLU()(Y)
    return ReLU()(layers.add([Y, X]))
