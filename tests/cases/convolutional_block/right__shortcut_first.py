# points: 10
def convolutional_block(X, f, filters, s=2, initializer=glorot_uniform):
    F1, F2, F3 = filters
    shortcut = BatchNormalization()(Conv2D(F3, (1, 1), (s, s), kernel_initializer=initializer(seed=0))(X))
    X = Conv2D(F1, (1, 1), (s, s), kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization()(X)
    X = ReLU()(X)
    X = Conv2D(F2, (f, f), (1, 1), "same", kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization()(X)
    X = ReLU()(X)
    X = Conv2D(F3, (1, 1), (1, 1), kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization()(X)
    return ReLU()(layers.add([X, shortcut]))
