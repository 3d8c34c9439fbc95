# points: 10
class Residual(layers.Layer):
    def __init__(self, f, filters, initializer):
        super().__init__()
        sizes = (1, f, 1)
        self.convolutions = [
            Conv2D(n, k, padding="same", kernel_initializer=initializer(seed=0)) for n, k in zip(filters, sizes)
        ]
        self.norms = [BatchNormalization() for _ in sizes]

    def call(self, X):
        Y = X
        for k in range(3):
            Y = self.norms[k](self.convolutions[k](Y))
            if k < 2:
                Y = keras.activations.relu(Y)
        return keras.activations.relu(Y + X)


def identity_block(X, f, filters, initializer=random_uniform):
    return Residual(f, filters, initializer)(X)
