# points: 10
class Convolution(Conv2D):
    def __init__(self, filters, size, initializer):
        super().__init__(filters, size, padding="same", kernel_initializer=initializer(seed=0))


class Norm(BatchNormalization):
    def __init__(self):
        super().__init__(axis=3)


def identity_block(X, f, filters, initializer=random_uniform):
    Y = X
    for n, size in zip(filters, (1, f, 1)):
        if Y is not X:
            Y = ReLU()(Y)
        Y = Norm()(Convolution(n, size, initializer)(Y))
    return ReLU()(Add()([Y, X]))
