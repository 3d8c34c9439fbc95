# points: 7
# step: bn1
# mistake: mode fixed
class ResidualPart(layers.Layer):
    def __init__(self, f, filters, initializer):
        super().__init__()
        self.convolutions = [
            Conv2D(n, k, padding="same", kernel_initializer=initializer(seed=0)) for n, k in zip(filters, (1, f, 1))
        ]
        self.norms = [BatchNormalization() for _ in range(3)]

    def call(self, X, training=False):
        Y = X
        for convolution, norm, last in zip(self.convolutions, self.norms, (False, False, True)):
            Y = norm(convolution(Y), training=False)
            Y = Y if last else tf.nn.relu(Y)
        return tf.nn.relu(Y + X)


def identity_block(X, f, filters, initializer=random_uniform):
    return ResidualPart(f, filters, initializer)(X)
