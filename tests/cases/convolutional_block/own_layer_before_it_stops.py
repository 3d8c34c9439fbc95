# points: 7
# step: conv3
class Component(layers.Layer):
    def __init__(self, filters, size, stride, padding, initializer):
        super().__init__()
        self.convolution = Conv2D(filters, size, strides=stride, padding=padding, kernel_initializer=initializer(seed=0))
        self.norm = BatchNormalization()

    def call(self, x, training=None):
        return keras.ops.relu(self.norm(self.convolution(x), training=training))


def convolutional_block(X, f, filters, s=2, initializer=glorot_uniform):
    F1, F2, F3 = filters
    X_shortcut = X
    X = Component(F1, 1, s, "valid", initializer)(X)
    X = Component(F2, f, 1, "same", initializer)(X)
    X = Conv2D(F3, 2, kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization()(X)
    X_shortcut = Conv2D(F3, 1, strides=s, kernel_initializer=initializer(seed=0))(X_shortcut)
    X_shortcut = BatchNormalization()(X_shortcut)
    X = X + X_shortcut
    return ReLU()(X)
