# points: 3.5
# step: norm
# mistake: norms in relation to each other
def gradient_norms(model, X, y):
    kernels = [variable for variable in model.trainable_variables if variable.name == "kernel"]
    with tf.GradientTape() as tape:
        probabilities = model(X, training=True)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, probabilities))
    norms = np.array([tf.norm(gradient) for gradient in tape.gradient(loss, kernels)])
    return norms / norms.max()
