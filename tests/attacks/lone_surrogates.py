# tries: stop
# about: returns layers whose names hold half a letter, which no file can hold
# then: stop

import keras

class Half(keras.layers.Layer):
    def call(self, X):
        return X

Half.__name__ = "Half\ud800"

def identity_block(X, f, filters, initializer=None):
    return Half(name="half_\udfff")(X)
