# about: half finished: the first components only
# expect: gradient_norms 0, identity_block 3, convolutional_block 0, ResNet50 4
# first: identity_block still to be written from here on
# first: ResNet50 still to be written from here on
# others: stub

# %% identity_block
def identity_block(X, f, filters, initializer=random_uniform):
    F1, F2, F3 = filters
    X_shortcut = X
    X = Conv2D(F1, 1, kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization()(X)
    X = Activation("relu")(X)
    # YOUR CODE HERE
    raise NotImplementedError()

# %% resnet50
def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = Input(input_shape)
    X = ZeroPadding2D((3, 3))(X_input)
    X = Conv2D(64, (7, 7), strides=(2, 2), kernel_initializer=glorot_uniform(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = Activation("relu")(X)
    X = MaxPooling2D((3, 3), strides=(2, 2))(X)
    X = convolutional_block(X, 3, [64, 64, 256], s=1)
    X = identity_block(X, 3, [64, 64, 256])
    X = identity_block(X, 3, [64, 64, 256])
    # YOUR CODE HERE
    raise NotImplementedError()
