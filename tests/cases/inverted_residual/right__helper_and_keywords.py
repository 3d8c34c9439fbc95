# points: 10
def normalised(X, active=True):
    X = BatchNormalization()(X)
    return ReLU(6)(X) if active else X


def inverted_residual(X, f, expansion, initializer=he_normal):
    start = {"kernel_initializer": initializer(seed=0)}
    Y = normalised(Conv2D(filters=X.shape[3] * expansion, kernel_size=(1, 1), padding="same", **start)(X))
    Y = layers.DepthwiseConv2D(kernel_size=(f, f), padding="same", depthwise_initializer=initializer(seed=0))(Y)
    Y = normalised(Y)
    Y = normalised(Conv2D(filters=X.shape[3], kernel_size=(1, 1), padding="same", **start)(Y), active=False)
    return layers.add([X, Y])
