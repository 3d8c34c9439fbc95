# about: all right, with nested models and keras.ops
# expect: gradient_norms 5, identity_block 10, convolutional_block 10, ResNet50 10
# others: stub

# %% gradient_norms
def gradient_norms(model, X, y):
    kernels = [v for v in model.trainable_variables if v.name == "kernel"]

    @tf.function
    def compute(X, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, model(X, training=True)))
        return [tf.norm(g) for g in tape.gradient(loss, [k.value for k in kernels])]

    return np.array([float(n) for n in compute(X, y)])

# %% identity_block
def identity_block(X, f, filters, initializer=random_uniform):
    F1, F2, F3 = filters
    main = keras.Sequential([
        Conv2D(F1, 1, kernel_initializer=initializer(seed=0)), BatchNormalization(), ReLU(),
        Conv2D(F2, f, padding="same", kernel_initializer=initializer(seed=0)), BatchNormalization(), ReLU(),
        Conv2D(F3, 1, kernel_initializer=initializer(seed=0)), BatchNormalization()])
    return ReLU()(Add()([main(X), X]))

# %% convolutional_block
def convolutional_block(X, f, filters, s=2, initializer=glorot_uniform):
    F1, F2, F3 = filters
    X_shortcut = X
    X = Conv2D(F1, 1, strides=s, padding="valid", kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = keras.ops.relu(X)
    X = Conv2D(F2, f, padding="same", kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = keras.ops.relu(X)
    X = Conv2D(F3, 1, padding="valid", kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X_shortcut = Conv2D(F3, 1, strides=s, padding="valid", kernel_initializer=initializer(seed=0))(X_shortcut)
    X_shortcut = BatchNormalization(axis=3)(X_shortcut)
    X = keras.ops.add(X, X_shortcut)
    return keras.ops.relu(X)

# %% resnet50
def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = Input(input_shape)
    X = ZeroPadding2D((3, 3))(X_input)
    X = Conv2D(64, (7, 7), strides=(2, 2), kernel_initializer=glorot_uniform(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = Activation("relu")(X)
    X = MaxPooling2D((3, 3), strides=(2, 2))(X)
    for filters, s, count in [([64, 64, 256], 1, 2), ([128, 128, 512], 2, 3),
                              ([256, 256, 1024], 2, 5), ([512, 512, 2048], 2, 2)]:
        X = convolutional_block(X, 3, filters, s=s)
        for _ in range(count):
            X = identity_block(X, 3, filters)
    X = AveragePooling2D((2, 2))(X)
    X = Flatten()(X)
    X = Dense(classes, activation="softmax", kernel_initializer=glorot_uniform(seed=0))(X)
    return Model(inputs=X_input, outputs=X)
