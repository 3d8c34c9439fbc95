# tries: points
# about: hands in links to another student's notebook, notes and folder
# expect: identity_block 0, convolutional_block 0, ResNet50 0
# then: points, secret

# %% at home
(folder / "residual_networks.ipynb").unlink()
(folder / "residual_networks_final.ipynb").symlink_to("../../victim/residual_networks/residual_networks.ipynb")
(folder / "figures_of_victim").symlink_to("../../victim/residual_networks")
(folder / "notes.txt").symlink_to("../../victim/residual_networks/notes.txt")
