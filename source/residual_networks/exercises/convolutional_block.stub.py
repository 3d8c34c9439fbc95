def convolutional_block(X, f, filters, s=2, initializer=glorot_uniform):
    """The convolutional block: a residual block whose output has another shape than its input.

    X:           a tensor of shape (batch, height, width, channels)
    f:           the height and width of the second convolution's window, an int
    filters:     the filters F1, F2 and F3 of the three convolutions, a list of ints
    s:           the stride of the first convolution and of the shortcut's, an int
    initializer: called with seed=0, it returns the initializer of a kernel
    Returns a tensor of shape (batch, height / s, width / s, F3), rounded up.
    """
    F1, F2, F3 = filters

    # Put the input aside: the shortcut path starts with it.
    # YOUR CODE HERE
    raise NotImplementedError()

    # First component: Conv2D with F1 filters of 1x1 and stride s, BatchNormalization, ReLU
    # YOUR CODE HERE
    raise NotImplementedError()

    # Second component: Conv2D with F2 filters of f x f and padding "same", BatchNormalization, ReLU
    # YOUR CODE HERE
    raise NotImplementedError()

    # Third component: Conv2D with F3 filters of 1x1, BatchNormalization
    # YOUR CODE HERE
    raise NotImplementedError()

    # Shortcut path: Conv2D with F3 filters of 1x1 and stride s, BatchNormalization
    # YOUR CODE HERE
    raise NotImplementedError()

    # Final step: add both paths, then ReLU
    # YOUR CODE HERE
    raise NotImplementedError()
    return X
