# points: 10
def identity_block(X, f, filters, initializer=random_uniform):
    F1, F2, F3 = filters
    main = keras.Sequential(
        [
            Conv2D(F1, 1, kernel_initializer=initializer(seed=0)),
            BatchNormalization(),
            ReLU(),
            Conv2D(F2, f, padding="same", kernel_initializer=initializer(seed=0)),
            BatchNormalization(),
            ReLU(),
            Conv2D(F3, 1, kernel_initializer=initializer(seed=0)),
            BatchNormalization(),
        ]
    )
    return ReLU()(Add()([main(X), X]))
