# tries: trace
# about: replaces its working folder's parts by links, for the grader to follow
# expect: identity_block 0, convolutional_block 0, ResNet50 0

import os, shutil

shutil.rmtree("exercises", ignore_errors=True)
for name, target in (("exercises", "{course}/source"), ("residual_networks.ipynb", "{course}/gradebook.db"),
                     ("figures", "/etc")):
    try:
        if os.path.lexists(name) and not os.path.islink(name):
            shutil.rmtree(name) if os.path.isdir(name) else os.unlink(name)
        os.symlink(target, name)
    except OSError:
        pass
