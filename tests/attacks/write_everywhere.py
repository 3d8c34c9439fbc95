# tries: trace
# about: writes a file into every folder that lets it

import os

for top, folders, files in os.walk("/"):
    folders[:] = [name for name in folders if os.path.join(top, name) not in ("/proc", "/sys", "/usr", "/lib", "/dev/fd")
                  and name not in ("site-packages", "lib", ".git", ".venv", "work")]
    try:
        open(os.path.join(top, "attack-was-here"), "w").close()
    except OSError:
        pass
