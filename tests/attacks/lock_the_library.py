# tries: stop
# about: locks the data and the library, which others read beside it, against everybody, or tells them something by its locks
# then: stop

import fcntl, glob, os, struct, keras

held = []
lock = struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET, 0, 1, 0)
for path in glob.glob("/data/*") + glob.glob(os.path.dirname(keras.__file__) + "/*"):
    try:
        fcntl.flock(os.open(path, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
        held.append(path)
    except OSError:
        pass
    for command in (fcntl.F_SETLK, 37):  # of the process, and of the open file
        try:
            fcntl.fcntl(os.open(path, os.O_RDONLY), command, lock)
            held.append(path)
        except OSError:
            pass
if held:
    print("CAN" "ARY locks", held)
