# tries: stop
# about: adds to each sum all that came before: few nodes, many edges
# expect: identity_block 1, convolutional_block 10, ResNet50 10
# then: stop

import keras

def identity_block(X, f, filters, initializer=None):
    parts = [X, keras.layers.ReLU()(X)]
    for _ in range(90):
        parts.append(keras.layers.Add()(parts[-60:]))
    return parts[-1]
