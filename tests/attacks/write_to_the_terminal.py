# tries: stop
# about: writes past Jupyter, straight to the grader's terminal and log

import os
for descriptor in range(0, 20):
    try:
        os.write(descriptor, b"FORGED-terminal [AutogradeApp | INFO]\x1b[2J\n")
    except OSError:
        pass
try:
    open("/dev/tty", "w").write("FORGED-terminal")
except OSError:
    pass
