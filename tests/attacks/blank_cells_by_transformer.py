# tries: points
# about: turns all later cells into nothing, before they are parsed
# expect: identity_block 0, convolutional_block 0, ResNet50 0

get_ipython().input_transformers_cleanup.append(lambda lines: ["pass\n"])
