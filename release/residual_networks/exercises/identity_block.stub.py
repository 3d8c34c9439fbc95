def identity_block(X, f, filters, initializer=random_uniform):
    """The identity block in its three-layer form.

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

    # First component: Conv2D with F1 filters of 1x1, BatchNormalization, ReLU
    # YOUR CODE HERE
    raise NotImplementedError()

    # Second component: Conv2D with F2 filters of f x f and padding "same", BatchNormalization, ReLU
    # YOUR CODE HERE
    raise NotImplementedError()

    # Third component: Conv2D with F3 filters of 1x1, BatchNormalization
    # YOUR CODE HERE
    raise NotImplementedError()

    # Final step: add the shortcut, then ReLU
    # YOUR CODE HERE
    raise NotImplementedError()
    return X
