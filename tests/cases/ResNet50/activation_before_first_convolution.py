# points: 9.5
# step: zero_padding
def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = Input(input_shape)
    X = ZeroPadding2D((3, 3))(X_input)
    X = Activation("relu")(X)
    X = Conv2D(64, 7, strides=2, kernel_initializer=glorot_uniform(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = Activation("relu")(X)
    X = MaxPooling2D(3, strides=2)(X)
    for k, (n, s, count) in enumerate([(64, 1, 2), (128, 2, 3), (256, 2, 5), (512, 2, 2)]):
        X = convolutional_block(X, 3, [n, n, 4 * n], s)
        for _ in range(count):
            X = identity_block(X, 3, [n, n, 4 * n])
    X = AveragePooling2D(2)(X)
    X = Flatten()(X)
    X = Dense(classes, activation="softmax", kernel_initializer=glorot_uniform(seed=0))(X)
    return Model(X_input, X)
