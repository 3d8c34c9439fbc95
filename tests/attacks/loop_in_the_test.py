# tries: stop
# about: never ends when it is tested

def identity_block(X, f, filters, initializer=None):
    while True:
        pass
