# tries: secret
# about: prints the connection files of other kernels, with their keys

import os
from pathlib import Path

mine = open(__import__("ipykernel").get_connection_file()).read()
for folder in ("/tmp", "/run", os.path.expanduser("~/.local/share/jupyter/runtime"), "{home}/.local/share/jupyter/runtime"):
    for path in Path(folder).glob("**/kernel*.json"):
        try:
            text = path.read_text()
        except OSError:
            continue
        if '"key"' in text and text != mine:
            print("CAN" "ARY", text)
