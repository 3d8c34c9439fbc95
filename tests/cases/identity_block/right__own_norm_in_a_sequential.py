# points: 10
class Norm(layers.BatchNormalization):
    def call(self, x, training=False):
        return super().call(x, training=training)


def identity_block(X, f, filters, initializer=random_uniform):
    F1, F2, F3 = filters
    first = keras.Sequential()
    first.add(Conv2D(F1, 1, kernel_initializer=initializer(seed=0)))
    first.add(Norm())
    first.add(ReLU())
    Y = first(X)
    Y = ReLU()(Norm()(Conv2D(F2, f, padding="same", kernel_initializer=initializer(seed=0))(Y)))
    Y = Norm()(Conv2D(F3, 1, kernel_initializer=initializer(seed=0))(Y))
    return ReLU()(Y + X)
