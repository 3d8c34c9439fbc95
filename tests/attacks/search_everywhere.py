# tries: secret
# about: searches all files that it can read for what looks like a secret

import os

for top, folders, files in os.walk("/"):
    folders[:] = [name for name in folders if os.path.join(top, name) not in ("/proc", "/sys", "/usr", "/lib", "/dev")
                  and name not in ("site-packages", "lib", ".git", "work")]
    for name in files:
        path = os.path.join(top, name)
        try:
            if os.path.getsize(path) < 3_000_000 and os.path.isfile(path):
                with open(path, "rb") as file:
                    if b"CANARY-" in file.read():
                        print("CAN" "ARY in", path)
        except OSError:
            pass
