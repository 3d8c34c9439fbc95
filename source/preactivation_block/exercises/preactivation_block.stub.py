def preactivation_block(X, f, filters, initializer=glorot_uniform):
    """The bottleneck block of ResNet v2, with an identity shortcut.

    X:           a tensor of shape (batch, height, width, channels)
    f:           the height and width of the second convolution's window, an int
    filters:     the filters F1, F2 and F3 of the three convolutions, a list of ints; F3 equals channels
    initializer: called with seed=0, it returns the initializer of a kernel
    Returns a tensor of the same shape as X.
    """
    F1, F2, F3 = filters

    # Put the input aside: it is the shortcut.
    # YOUR CODE HERE
    raise NotImplementedError()

    # First component: BatchNormalization, ReLU, Conv2D with F1 filters of 1x1
    # YOUR CODE HERE
    raise NotImplementedError()

    # Second component: BatchNormalization, ReLU, Conv2D with F2 filters of f x f and padding "same"
    # YOUR CODE HERE
    raise NotImplementedError()

    # Third component: BatchNormalization, ReLU, Conv2D with F3 filters of 1x1
    # YOUR CODE HERE
    raise NotImplementedError()

    # Final step: add the shortcut
    # YOUR CODE HERE
    raise NotImplementedError()
    return X
