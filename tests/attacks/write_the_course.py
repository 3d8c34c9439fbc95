# tries: trace
# about: changes the course: configuration, release, source

from pathlib import Path

for folder in (Path("../../.."), Path("{course}")):
    for name in ("nbgrader_config.py", "attack.txt", "source/attack.txt", "release/attack.txt"):
        try:
            with open(folder / name, "a") as file:
                file.write("# attack\n")
        except OSError:
            pass
