# points: 9.5
# step: input
def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = Input(input_shape)
    X = keras.layers.RandomFlip("horizontal")(X_input)
    X = ZeroPadding2D((3, 3))(X)
    X = Conv2D(64, (7, 7), strides=(2, 2), kernel_initializer=glorot_uniform(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = Activation("relu")(X)
    X = MaxPooling2D((3, 3), strides=(2, 2))(X)
    for width, blocks, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        X = convolutional_block(X, 3, [width, width, 4 * width], stride)
        for _ in range(blocks - 1):
            X = identity_block(X, 3, [width, width, 4 * width])
    X = Flatten()(AveragePooling2D((2, 2))(X))
    X = Dense(classes, activation="softmax", kernel_initializer=glorot_uniform(seed=0))(X)
    return Model(X_input, X)
