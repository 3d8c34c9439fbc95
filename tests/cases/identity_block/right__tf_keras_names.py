# points: 10
def identity_block(X, f, filters, initializer=random_uniform):
    kl = tf.keras.layers
    F1, F2, F3 = filters
    X_shortcut = X
    X = kl.Conv2D(filters=F1, kernel_size=1, strides=(1, 1), padding="valid", kernel_initializer=initializer(seed=0))(X)
    X = kl.BatchNormalization(axis=3)(X)
    X = kl.Activation(tf.keras.activations.relu)(X)
    X = kl.Conv2D(filters=F2, kernel_size=f, strides=(1, 1), padding="same", kernel_initializer=initializer(seed=0))(X)
    X = kl.BatchNormalization(axis=3)(X)
    X = kl.Activation(keras.ops.relu)(X)
    X = kl.Conv2D(filters=F3, kernel_size=1, strides=(1, 1), padding="valid", kernel_initializer=initializer(seed=0))(X)
    X = kl.BatchNormalization(axis=3)(X)
    X += X_shortcut
    return kl.Activation(kl.ReLU())(X)
