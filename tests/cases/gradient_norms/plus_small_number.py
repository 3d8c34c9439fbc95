# points: 3.5
# step: norm
# mistake: another norm
def gradient_norms(model, X, y):
    kernels = [v for v in model.trainable_variables if v.name == "kernel"]
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, model(X, training=True)))
    gradients = tape.gradient(loss, [kernel.value for kernel in kernels])
    return 1e-5 + np.array([np.linalg.norm(np.ravel(gradient)) for gradient in gradients])
