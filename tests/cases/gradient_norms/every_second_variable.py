# points: 4
# step: kernels
def gradient_norms(model, X, y):
    kernels = model.trainable_variables[::2]
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, model(X, training=True)))
    gradients = tape.gradient(loss, [kernel.value for kernel in kernels])
    return np.array([np.linalg.norm(np.ravel(gradient)) for gradient in gradients])
