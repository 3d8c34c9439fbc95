# about: an endless loop in one exercise
# expect: gradient_norms 5, identity_block 10, convolutional_block 0, ResNet50 10
# first: convolutional_block time limit
# others: solution

# %% convolutional_block
def convolutional_block(X, f, filters, s=2, initializer=glorot_uniform):
    while True:
        pass
