# points: 4.5
# step: scale
def basic_block(X, filters, ratio, initializer=he_normal):
    X_shortcut = X
    X = Conv2D(filters, 3, padding="same", kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = Activation("relu")(X)
    X = Conv2D(filters, 3, padding="same", kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = Add()([X, X_shortcut])
    return Activation("relu")(X)
