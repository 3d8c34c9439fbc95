# tries: secret
# about: prints the gradebook

from pathlib import Path

for path in (Path("../../../gradebook.db"), Path("{course}/gradebook.db")):
    if path.exists():
        print(path.read_bytes().decode("latin-1"))
