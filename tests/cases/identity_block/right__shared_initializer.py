# points: 10
def identity_block(X, f, filters, initializer=random_uniform):
    F1, F2, F3 = filters
    X_shortcut = X
    start = initializer(seed=0)
    X = Conv2D(F1, 1, padding="valid", kernel_initializer=start)(X)
    X = BatchNormalization(axis=3)(X)
    X = ReLU()(X)
    X = Conv2D(F2, f, padding="same", kernel_initializer=start)(X)
    X = BatchNormalization(axis=3)(X)
    X = ReLU()(X)
    X = Conv2D(F3, 1, padding="valid", kernel_initializer=start)(X)
    X = BatchNormalization(axis=3)(X)
    X = Add()([X, X_shortcut])
    return ReLU()(X)
