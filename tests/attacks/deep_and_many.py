# tries: stop
# about: hands in folders 900 deep, thousands of links and thousands of empty files
# then: stop

# %% at home
import os

for number in range(4000):
    os.symlink("/etc/passwd", folder / f"link_{number}")
    (folder / f"empty_{number}").touch()
here = os.open(folder, os.O_RDONLY)
for _ in range(900):
    os.mkdir("d", dir_fd=here)
    inner = os.open("d", os.O_RDONLY, dir_fd=here)
    os.close(here)
    here = inner
os.close(here)
