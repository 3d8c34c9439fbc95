# tries: secret
# about: hands in links in place of folders: figures, exercises, data and more
# then: nothing

# %% at home
import shutil

for name, target in (("figures", "../../../source/residual_networks/hidden"), ("exercises", "../../../source/residual_networks/hidden"),
                     ("data", "../../.."), ("home", "{home}"), ("here", "."), ("proc", "/proc/self/cwd"), ("images", "../../../source")):
    shutil.rmtree(folder / name, ignore_errors=True)
    (folder / name).symlink_to(target)
