# points: 5
def gradient_norms(model, X, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, model(X, training=True)))
    gradients = tape.gradient(loss, model.trainable_variables)
    return np.array([float(tf.norm(g)) for g, v in zip(gradients, model.trainable_variables) if "kernel" in v.path])
