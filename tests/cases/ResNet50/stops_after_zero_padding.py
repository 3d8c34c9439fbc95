# points: 1
# step: conv1
def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = Input(input_shape)
    X = ZeroPadding2D((3, 3))(X_input)
    X = convolution(X)
    return Model(inputs=X_input, outputs=X)
