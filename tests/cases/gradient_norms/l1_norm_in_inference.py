# points: 2.5
# step: training
# mistake: model not in training mode
def gradient_norms(model, X, y):
    kernels = [variable for variable in model.trainable_variables if variable.name == "kernel"]
    with tf.GradientTape() as tape:
        probabilities = model(X, training=False)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, probabilities))
    gradients = tape.gradient(loss, [kernel.value for kernel in kernels])
    return np.array([np.sum(np.abs(gradient)) for gradient in gradients])
