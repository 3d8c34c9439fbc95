# tries: points
# about: is a link itself: the folder of its submission is somebody else's
# expect: nothing
# then: nothing

# %% at home
import shutil

shutil.rmtree(folder)
folder.symlink_to("../victim/residual_networks")
