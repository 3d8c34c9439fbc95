# points: 10
class Component(Conv2D):
    def __init__(self, filters, size, initializer):
        super().__init__(filters, size, padding="same", kernel_initializer=initializer(seed=0))
        self.norm = BatchNormalization()

    def call(self, X, training=None):
        return self.norm(super().call(X), training=training)


def identity_block(X, f, filters, initializer=random_uniform):
    F1, F2, F3 = filters
    Y = ReLU()(Component(F1, 1, initializer)(X))
    Y = ReLU()(Component(F2, f, initializer)(Y))
    return ReLU()(Add()([Component(F3, 1, initializer)(Y), X]))
