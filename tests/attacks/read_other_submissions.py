# tries: secret
# about: prints what others have handed in and how they were graded

from pathlib import Path

for folder in (Path("../../.."), Path("{course}")):
    for part in ("submitted", "autograded", "feedback"):
        for path in folder.glob(f"{part}/victim/**/*"):
            if path.is_file():
                print(path.read_text(errors="replace"))
