def gradient_norms(model, X, y):
    """The L2 norm of the loss gradient for each trainable kernel of a model.

    model: a keras.Model that puts out probabilities, of shape (batch, classes)
    X:     a batch of inputs, an array of shape (batch, ...)
    y:     the right classes, an array of integers of shape (batch,)
    Returns an array of shape (number of trainable kernels,), the input side first.
    """
    # 1. Collect the trainable variables whose name is "kernel".
    # 2. Inside a tf.GradientTape, call the model with training=True and compute the mean loss:
    #    keras.losses.sparse_categorical_crossentropy gives one loss for each picture.
    # 3. Ask the tape for the gradient of the loss for each kernel.
    # 4. Return the L2 norm of each gradient, as one array.
    # YOUR CODE HERE
    raise NotImplementedError()
