def ResNet50(input_shape=(64, 64, 3), classes=6):
    """The residual network of 50 layers.

    input_shape: the shape of a picture, (height, width, channels)
    classes:     the number of classes, an int
    Returns a keras.Model that takes (batch, *input_shape) and puts out probabilities, (batch, classes).
    """
    # Input and zero padding
    # YOUR CODE HERE
    raise NotImplementedError()

    # Stage 1
    # YOUR CODE HERE
    raise NotImplementedError()

    # Stage 2
    # YOUR CODE HERE
    raise NotImplementedError()

    # Stage 3
    # YOUR CODE HERE
    raise NotImplementedError()

    # Stage 4
    # YOUR CODE HERE
    raise NotImplementedError()

    # Stage 5
    # YOUR CODE HERE
    raise NotImplementedError()

    # Average pooling, flatten, output layer
    # YOUR CODE HERE
    raise NotImplementedError()

    # The model
    # YOUR CODE HERE
    raise NotImplementedError()
