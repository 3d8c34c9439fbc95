# points: 3
# step: conv2
def identity_block(X, f, filters, initializer=random_uniform):
    F1, F2, F3 = filters
    X_shortcut = X
    X = Conv2D(F1, 1, kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization()(X)
    X = Activation("relu")(X)
    # YOUR CODE HERE
    raise NotImplementedError()
