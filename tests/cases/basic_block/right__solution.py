# points: 10
def basic_block(X, filters, ratio, initializer=he_normal):
    X_shortcut = X
    X = Conv2D(filters, 3, padding="same", kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = Activation("relu")(X)
    X = Conv2D(filters, 3, padding="same", kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    gate = GlobalAveragePooling2D(keepdims=True)(X)
    gate = Dense(filters // ratio, activation="relu", kernel_initializer=initializer(seed=0))(gate)
    gate = Dense(filters, activation="sigmoid", kernel_initializer=initializer(seed=0))(gate)
    X = Multiply()([X, gate])
    X = Add()([X, X_shortcut])
    return Activation("relu")(X)
