# points: 9
# step: relu3
# mistake: wrong tensor returned
class Rectifier(layers.Layer):
    def call(self, x):
        return keras.ops.relu(x)


def identity_block(X, f, filters, initializer=random_uniform):
    F1, F2, F3 = filters
    X_shortcut = X
    X = Rectifier()(BatchNormalization()(Conv2D(F1, 1, kernel_initializer=initializer(seed=0))(X)))
    X = layers.Lambda(keras.ops.relu)(
        BatchNormalization()(Conv2D(F2, f, padding="same", kernel_initializer=initializer(seed=0))(X))
    )
    X = BatchNormalization()(Conv2D(F3, 1, kernel_initializer=initializer(seed=0))(X))
    X = Rectifier()(X + X_shortcut)
    return X_shortcut
