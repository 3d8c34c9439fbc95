# points: 0
def gradient_norms(model, X, y):
    kernels = [v for v in model.trainable_variables if v.name == "kernel"]
    with tf.GradientTape() as tape:
        probabilities = model(X, training=True)
        loss = np.mean(keras.losses.sparse_categorical_crossentropy(y, probabilities))
    gradients = tape.gradient(loss, [k.value for k in kernels])
    return np.array([np.linalg.norm(g) for g in gradients])
