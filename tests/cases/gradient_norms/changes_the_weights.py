# points: 3.5
# step: norm
def gradient_norms(model, X, y):
    kernels = [v for v in model.trainable_variables if v.name == "kernel"]
    before = [np.array(kernel) for kernel in kernels]
    model.compile(keras.optimizers.SGD(1.0), "sparse_categorical_crossentropy")
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, model(X, training=True)))
    gradients = tape.gradient(loss, [kernel.value for kernel in kernels])
    model.optimizer.apply_gradients(zip(gradients, kernels))
    return np.array([np.linalg.norm(np.ravel(gradient)) for gradient in gradients])
