# points: 4
# step: kernels
def gradient_norms(model, X, y):
    with tf.GradientTape(persistent=True) as tape:
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, model(X, training=True)))
    result = []
    for layer in model.layers:
        if hasattr(layer, "kernel") and layer.trainable:
            result.append(tf.norm(tape.gradient(loss, layer.kernel.value)).numpy())
    return np.array(result)
