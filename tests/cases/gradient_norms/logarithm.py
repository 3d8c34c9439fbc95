# points: 3.5
# step: norm
# mistake: logarithm of the norm
def gradient_norms(model, X, y):
    kernels = [variable for variable in model.trainable_variables if variable.name == "kernel"]
    with tf.GradientTape() as tape:
        probabilities = model(X, training=True)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, probabilities))
    gradients = tape.gradient(loss, kernels)
    return np.log10([tf.norm(gradient) for gradient in gradients])
