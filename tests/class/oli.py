# about: tries to swallow all later cells
# expect: gradient_norms 5, identity_block 0, convolutional_block 0, ResNet50 0
# first: identity_block nothing was handed in
# others: stub

# %% gradient_norms
def gradient_norms(model, X, y):
    kernels = [variable for variable in model.trainable_variables if variable.name == "kernel"]
    with tf.GradientTape() as tape:
        probabilities = model(X, training=True)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, probabilities))
    gradients = tape.gradient(loss, [kernel.value for kernel in kernels])
    return np.array([np.sqrt(np.sum(np.square(gradient))) for gradient in gradients])

# %% identity_block
get_ipython().input_transformers_cleanup.append(lambda lines: ["pass\n"])
