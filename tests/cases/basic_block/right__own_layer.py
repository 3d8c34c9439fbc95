# points: 10
class Gate(layers.Layer):
    def __init__(self, filters, ratio, initializer):
        super().__init__()
        self.squeeze = GlobalAveragePooling2D(keepdims=True)
        self.reduce = Dense(filters // ratio, activation="relu", kernel_initializer=initializer(seed=0))
        self.restore = Dense(filters, activation="sigmoid", kernel_initializer=initializer(seed=0))

    def call(self, inputs):
        return inputs * self.restore(self.reduce(self.squeeze(inputs)))


def basic_block(X, filters, ratio, initializer=he_normal):
    Y = X
    for number in range(2):
        Y = Conv2D(filters, 3, padding="same", kernel_initializer=initializer(seed=0))(Y)
        Y = BatchNormalization()(Y)
        if number == 0:
            Y = ReLU()(Y)
    return ReLU()(Gate(filters, ratio, initializer)(Y) + X)
