# about: a syntax error in one cell
# expect: gradient_norms 5, identity_block 0, convolutional_block 10, ResNet50 10
# first: identity_block SyntaxError
# others: solution

# %% identity_block
def identity_block(X, f, filters, initializer=random_uniform)
    return X
