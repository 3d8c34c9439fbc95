# tries: trace
# about: replaces compiled modules

import importlib.util, json as victim
from pathlib import Path

for module in (victim, __import__("ipykernel")):
    cache = Path(importlib.util.cache_from_source(module.__file__))
    try:
        cache.with_name("attack_poison.pyc").write_bytes(b"")
        cache.with_name("attack_poison.pyc").unlink()
        print("CAN" "ARY can write", cache.parent)
    except OSError as error:
        print(error)
