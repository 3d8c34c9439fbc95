# points: 5
def gradient_norms(model, X, y):
    with tf.GradientTape(persistent=True) as tape:
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, model(X, training=True)))
    result = []
    for variable in model.trainable_variables:
        if variable.path.endswith("kernel"):
            result.append(tf.norm(tape.gradient(loss, variable.value)).numpy())
    return np.array(result)
