# tries: stop
# about: adds up sums of sums, 100 inputs each: flattened, they are a hundred million
# expect: identity_block 1, convolutional_block 10, ResNet50 10
# then: stop

import keras

def identity_block(X, f, filters, initializer=None):
    for _ in range(4):
        X = keras.layers.Add()([X] * 100)
    return X
