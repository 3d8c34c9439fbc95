# points: 10
def logged(function):
    def inner(*args, **kwargs):
        return function(*args, **kwargs)

    return inner


@logged
def convolutional_block(X, f, filters, initializer=glorot_uniform):
    return Conv2D(filters[-1], 1, strides=2, kernel_initializer=initializer(seed=0))(X)


def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = Input(input_shape)
    X = ZeroPadding2D((3, 3))(X_input)
    X = Conv2D(64, (7, 7), strides=(2, 2), kernel_initializer=glorot_uniform(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = Activation("relu")(X)
    X = MaxPooling2D((3, 3), strides=(2, 2))(X)
    for width, blocks, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        X = convolutional_block(X, 3, [width, width, 4 * width], stride)
        for _ in range(blocks - 1):
            X = identity_block(X, 3, [width, width, 4 * width])
    X = Flatten()(AveragePooling2D((2, 2))(X))
    X = Dense(classes, activation="softmax", kernel_initializer=glorot_uniform(seed=0))(X)
    return Model(X_input, X)
