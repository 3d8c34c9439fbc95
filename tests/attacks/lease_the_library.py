# tries: stop
# about: takes leases on the files of Python's library: whoever opens them to write, or at all, waits for 45 seconds
# then: stop

import fcntl, glob, os, keras

tops = {os.path.dirname(os.__file__), os.path.dirname(os.path.dirname(keras.__file__)), "/data"}
taken = []
for path in [path for top in tops for path in glob.glob(top + "/*") + glob.glob(top + "/*/*.py")]:
    try:
        file = os.open(path, os.O_RDONLY)
        fcntl.fcntl(file, 1024, fcntl.F_WRLCK)
        taken.append(path)
    except OSError:
        os.close(file)
    if len(taken) == 200:
        break
if taken:
    print("CAN" "ARY leases", len(taken), taken[0])
