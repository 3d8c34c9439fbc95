# tries: points
# about: compiles later cells to nothing
# expect: identity_block 0, convolutional_block 0, ResNet50 0

get_ipython().compile.__class__.ast_parse = lambda self, *args, **kwargs: __import__("ast").parse("pass")
