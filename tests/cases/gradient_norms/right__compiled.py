# points: 5
def gradient_norms(model, X, y):
    kernels = [v for v in model.trainable_variables if v.name == "kernel"]

    @tf.function
    def compute(X, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, model(X, training=True)))
        return [tf.norm(g) for g in tape.gradient(loss, [k.value for k in kernels])]

    return np.array([float(n) for n in compute(X, y)])
