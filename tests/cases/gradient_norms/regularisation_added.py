# points: 3.5
# step: loss
def gradient_norms(model, X, y):
    kernels = [v for v in model.trainable_variables if v.name == "kernel"]
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, model(X, training=True)))
        loss += sum(model.losses)
    gradients = tape.gradient(loss, [kernel.value for kernel in kernels])
    return np.array([np.linalg.norm(np.ravel(gradient)) for gradient in gradients])
