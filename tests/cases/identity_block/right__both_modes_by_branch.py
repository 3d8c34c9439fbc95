# points: 10
class Norm(layers.Layer):
    def __init__(self):
        super().__init__()
        self.norm = BatchNormalization(axis=3)

    def call(self, X, training=False):
        if training:
            return self.norm(X, training=True)
        return self.norm(X, training=False)


def identity_block(X, f, filters, initializer=random_uniform):
    F1, F2, F3 = filters
    X_shortcut = X
    X = Conv2D(F1, 1, kernel_initializer=initializer(seed=0))(X)
    X = Norm()(X)
    X = Activation("relu")(X)
    X = Conv2D(F2, f, padding="same", kernel_initializer=initializer(seed=0))(X)
    X = Norm()(X)
    X = Activation("relu")(X)
    X = Conv2D(F3, 1, kernel_initializer=initializer(seed=0))(X)
    X = Norm()(X)
    X = Add()([X, X_shortcut])
    return Activation("relu")(X)
