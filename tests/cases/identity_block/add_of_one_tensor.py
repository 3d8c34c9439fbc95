# points: 9
# step: add
# mistake: shortcut not added
def identity_block(X, f, filters, initializer=random_uniform):
    F1, F2, F3 = filters
    X = Conv2D(F1, 1, kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = ReLU()(X)
    X = Conv2D(F2, f, padding="same", kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = ReLU()(X)
    X = Conv2D(F3, 1, kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = Add()([X])
    return ReLU()(X)
