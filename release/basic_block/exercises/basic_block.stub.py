def basic_block(X, filters, ratio, initializer=he_normal):
    """The basic block of ResNet-34, with an identity shortcut and a squeeze-and-excitation gate.

    X:           a tensor of shape (batch, height, width, channels)
    filters:     the filters of both convolutions, an int; it equals channels
    ratio:       how many times fewer units the first dense layer of the gate has, an int
    initializer: called with seed=0, it returns the initializer of a kernel
    Returns a tensor of the same shape as X.
    """
    # Put the input aside: it is the shortcut.
    # YOUR CODE HERE
    raise NotImplementedError()

    # First component: Conv2D of 3x3 with padding "same", BatchNormalization, ReLU
    # YOUR CODE HERE
    raise NotImplementedError()

    # Second component: Conv2D of 3x3 with padding "same", BatchNormalization
    # YOUR CODE HERE
    raise NotImplementedError()

    # Gate: the mean of each channel, Dense with ReLU, Dense with sigmoid; multiply each channel by its number
    # YOUR CODE HERE
    raise NotImplementedError()

    # Final step: add the shortcut, ReLU
    # YOUR CODE HERE
    raise NotImplementedError()
    return X
