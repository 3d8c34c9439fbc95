# tries: points
# about: hands in a link to the solution, under a name that is one letter off
# expect: identity_block 0, convolutional_block 0, ResNet50 0
# then: points, secret

# %% at home
(folder / "residual_networks.ipynb").unlink()
(folder / "residual_network.ipynb").symlink_to("../../../source/residual_networks/residual_networks.ipynb")
