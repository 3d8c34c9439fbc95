# points: 4
# step: kernels
def gradient_norms(model, X, y):
    kernels = [variable for variable in model.trainable_variables if variable.name == "kernel"]
    with tf.GradientTape() as tape:
        probabilities = model(X, training=True)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, probabilities))
    gradients = tape.gradient(loss, [kernel.value for kernel in kernels])
    return np.cumsum([np.sqrt(np.sum(np.square(gradient))) for gradient in gradients])
