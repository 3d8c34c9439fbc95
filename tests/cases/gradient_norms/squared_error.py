# points: 1
# step: loss
# mistake: another loss
def gradient_norms(model, X, y):
    kernels = [variable for variable in model.trainable_variables if variable.name == "kernel"]
    with tf.GradientTape() as tape:
        probabilities = model(X, training=True)
        loss = tf.reduce_mean((tf.one_hot(y, probabilities.shape[-1]) - probabilities) ** 2)
    gradients = tape.gradient(loss, [kernel.value for kernel in kernels])
    return np.array([np.sqrt(np.sum(np.square(gradient))) for gradient in gradients])
