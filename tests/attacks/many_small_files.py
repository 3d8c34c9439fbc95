# tries: stop
# about: makes files until no more can be made

import itertools
try:
    for number in range(300_000):
        open(f"attack-{number}", "w").close()
except OSError as error:
    print(error)
