# about: handed in as it was handed out
# expect: gradient_norms 0, identity_block 0, convolutional_block 0, ResNet50 0
# first: gradient_norms not written yet
# first: identity_block not written yet
# first: convolutional_block not written yet
# first: ResNet50 not written yet
# others: stub
