# points: 10
def identity_block(X, f, filters, initializer=random_uniform):
    F1, F2, F3 = filters
    inside = Input(X.shape[1:])
    Y = ReLU()(BatchNormalization()(Conv2D(F1, 1, kernel_initializer=initializer(seed=0))(inside)))
    Y = ReLU()(BatchNormalization()(Conv2D(F2, f, padding="same", kernel_initializer=initializer(seed=0))(Y)))
    Y = BatchNormalization()(Conv2D(F3, 1, kernel_initializer=initializer(seed=0))(Y))
    return Model(inside, ReLU()(Y + inside))(X)
