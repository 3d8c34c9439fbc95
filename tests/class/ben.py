# about: all right, with loops, helper functions and operators
# expect: gradient_norms 5, identity_block 10, convolutional_block 10, ResNet50 10
# others: stub

# %% gradient_norms
def gradient_norms(model, X, y):
    with tf.GradientTape(persistent=True) as tape:
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, model(X, training=True)))
    result = []
    for variable in model.trainable_variables:
        if variable.path.endswith("kernel"):
            result.append(tf.norm(tape.gradient(loss, variable.value)).numpy())
    return np.array(result)

# %% identity_block
def identity_block(X, f, filters, initializer=random_uniform):
    Y = X
    for k, (n, size) in enumerate(zip(filters, (1, f, 1))):
        Y = Conv2D(n, size, padding="same", kernel_initializer=initializer(seed=0))(Y)
        Y = BatchNormalization()(Y)
        if k < 2:
            Y = ReLU()(Y)
    return ReLU()(layers.add([Y, X]))

# %% convolutional_block
def convolutional_block(X, f, filters, s=2, initializer=glorot_uniform):
    F1, F2, F3 = filters
    shortcut = BatchNormalization()(Conv2D(F3, (1, 1), (s, s), kernel_initializer=initializer(seed=0))(X))
    X = Conv2D(F1, (1, 1), (s, s), kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization()(X)
    X = ReLU()(X)
    X = Conv2D(F2, (f, f), (1, 1), "same", kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization()(X)
    X = ReLU()(X)
    X = Conv2D(F3, (1, 1), (1, 1), kernel_initializer=initializer(seed=0))(X)
    X = BatchNormalization()(X)
    return ReLU()(layers.add([X, shortcut]))

# %% resnet50
def stage(X, filters, s, count):
    X = convolutional_block(X, 3, filters, s)
    for _ in range(count):
        X = identity_block(X, 3, filters)
    return X


def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = Input(input_shape)
    X = ZeroPadding2D((3, 3))(X_input)
    X = Conv2D(64, (7, 7), strides=(2, 2), kernel_initializer=glorot_uniform(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = Activation("relu")(X)
    X = MaxPooling2D((3, 3), strides=(2, 2))(X)
    X = stage(X, [64, 64, 256], 1, 2)
    X = stage(X, [128, 128, 512], 2, 3)
    X = stage(X, [256, 256, 1024], 2, 5)
    X = stage(X, [512, 512, 2048], 2, 2)
    X = AveragePooling2D((2, 2))(X)
    X = Flatten()(X)
    X = Dense(classes, activation="softmax", kernel_initializer=glorot_uniform(seed=0))(X)
    return Model(inputs=X_input, outputs=X)
