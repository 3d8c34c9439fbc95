# points: 9
# step: add
class Minus(keras.layers.Layer):
    def call(self, inputs):
        return tf.subtract(inputs[0], inputs[1])


class Component(keras.layers.Layer):
    def __init__(self, filters, size, initializer):
        super().__init__()
        self.convolution = Conv2D(filters, size, padding="same", kernel_initializer=initializer(seed=0))
        self.normalization = BatchNormalization()

    def call(self, X, training=None):
        return tf.nn.relu(self.normalization(self.convolution(X), training=training), name="relu")


def identity_block(X, f, filters, initializer=random_uniform):
    F1, F2, F3 = filters
    Y = Component(F1, 1, initializer)(X)
    Y = Component(F2, f, initializer)(Y)
    Y = Conv2D(F3, 1, kernel_initializer=initializer(seed=0))(Y)
    Y = BatchNormalization()(Y)
    return keras.layers.Lambda(lambda t: tf.maximum(t, 0.0))(Minus()([Y, X]))
