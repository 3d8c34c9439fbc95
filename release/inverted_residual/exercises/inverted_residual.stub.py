def inverted_residual(X, f, expansion, initializer=he_normal):
    """The inverted residual block of MobileNetV2, with stride 1 and an identity shortcut.

    X:           a tensor of shape (batch, height, width, channels)
    f:           the height and width of the depthwise convolution's window, an int
    expansion:   how many times as many channels the block has inside, an int
    initializer: called with seed=0, it returns the initializer of a kernel
    Returns a tensor of the same shape as X.
    """
    channels = X.shape[-1]

    # Put the input aside: it is the shortcut.
    # YOUR CODE HERE
    raise NotImplementedError()

    # Expand: Conv2D of 1x1 to expansion times as many channels, BatchNormalization, ReLU6
    # YOUR CODE HERE
    raise NotImplementedError()

    # Depthwise: DepthwiseConv2D of f x f with padding "same", BatchNormalization, ReLU6
    # YOUR CODE HERE
    raise NotImplementedError()

    # Project: Conv2D of 1x1 back to the channels of the input, BatchNormalization
    # YOUR CODE HERE
    raise NotImplementedError()

    # Final step: add the shortcut
    # YOUR CODE HERE
    raise NotImplementedError()
    return X
