# tries: trace
# about: hands in programs with set-user-id bits, folders that everybody may write in, and files of year 1 and year 9999
# then: nothing

# %% at home
import os

for name, mode in (("tool.sh", 0o6777), ("results/tool.sh", 0o4755), ("shut.txt", 0), ("residual_networks.ipynb", 0o6777)):
    (folder / name).parent.mkdir(exist_ok=True)
    if name.endswith(".sh"):
        (folder / name).write_text("#!/bin/sh\nid\n")
    (folder / name).touch()
    (folder / name).chmod(mode)
(folder / "results").chmod(0o3777)
try:
    os.setxattr(folder / "tool.sh", "user.mime_type", b"text/html")
except OSError:
    pass
(folder / "timestamp.txt").write_text("9999-12-31 23:59:59.999999 -23:59")
for name, when in (("tool.sh", -62135596800), ("shut.txt", 253402300799), ("residual_networks.ipynb", 1 << 40)):
    os.utime(folder / name, (when, when))
