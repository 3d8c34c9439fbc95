# points: 9
# step: add
# mistake: activation after the addition
def inverted_residual(X, f, expansion, initializer=he_normal):
    channels = X.shape[-1]
    X_shortcut = X
    X = Conv2D(expansion * channels, 1, kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = ReLU(max_value=6)(X)
    X = DepthwiseConv2D(f, padding="same", depthwise_initializer=initializer(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = ReLU(max_value=6)(X)
    X = Conv2D(channels, 1, kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    return ReLU()(Add()([X, X_shortcut]))
