# points: 10
class Block:
    def __init__(self, projects):
        self.projects = projects

    def __call__(self, X, f, filters, s=1, initializer=glorot_uniform):
        F1, F2, F3 = filters
        Y = Conv2D(F1, 1, strides=s, kernel_initializer=initializer(seed=0))(X)
        Y = Conv2D(F2, f, kernel_initializer=initializer(seed=0))(Y)
        return Add()([Conv2D(F3, 1)(Y), Conv2D(F3, 1, strides=s)(X) if self.projects else X])


identity_block, convolutional_block = Block(False), Block(True)
stages = {True: convolutional_block, False: identity_block}


def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = Input(input_shape)
    X = ZeroPadding2D((3, 3))(X_input)
    X = Conv2D(64, 7, strides=2, kernel_initializer=glorot_uniform(seed=0))(X)
    X = BatchNormalization(axis=3)(X)
    X = Activation("relu")(X)
    X = MaxPooling2D(3, strides=2)(X)
    for k, (n, s, count) in enumerate([(64, 1, 2), (128, 2, 3), (256, 2, 5), (512, 2, 2)]):
        X = stages[True](X, 3, [n, n, 4 * n], s)
        for _ in range(count):
            X = stages[False](X, 3, [n, n, 4 * n])
    X = AveragePooling2D(2)(X)
    X = Flatten()(X)
    X = Dense(classes, activation="softmax", kernel_initializer=glorot_uniform(seed=0))(X)
    return Model(X_input, X)
