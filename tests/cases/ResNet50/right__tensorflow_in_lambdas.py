# points: 10
def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = Input(input_shape)
    X = keras.layers.Lambda(lambda t: tf.pad(t, [[0, 0], [3, 3], [3, 3], [0, 0]]))(X_input)
    X = Conv2D(64, (7, 7), strides=(2, 2), kernel_initializer=glorot_uniform(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = Activation("relu")(X)
    X = MaxPooling2D((3, 3), strides=(2, 2))(X)
    X = convolutional_block(X, 3, [64, 64, 256], s=1)
    X = identity_block(X, 3, [64, 64, 256])
    X = identity_block(X, 3, [64, 64, 256])
    X = convolutional_block(X, 3, [128, 128, 512], s=2)
    for _ in range(3):
        X = identity_block(X, 3, [128, 128, 512])
    X = convolutional_block(X, 3, [256, 256, 1024], s=2)
    for _ in range(5):
        X = identity_block(X, 3, [256, 256, 1024])
    X = convolutional_block(X, 3, [512, 512, 2048], s=2)
    for _ in range(2):
        X = identity_block(X, 3, [512, 512, 2048])
    X = AveragePooling2D((2, 2))(X)
    X = keras.layers.Lambda(lambda t: tf.reshape(t, [-1, t.shape[1] * t.shape[2] * t.shape[3]]))(X)
    X = Dense(classes, kernel_initializer=glorot_uniform(seed=0))(X)
    X = keras.layers.Lambda(lambda t: tf.nn.softmax(t))(X)
    return Model(inputs=X_input, outputs=X)
