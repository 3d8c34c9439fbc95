# tries: stop
# about: makes empty files without end, which take no space of a folder in memory, but memory of the machine's
# then: nothing

import os, itertools

for process in range(2):
    if os.fork() == 0:
        top = ("/scratch", "/dev/shm")[process]
        for number in itertools.count():
            if number % 10000 == 0:
                os.mkdir(f"{top}/d{number}")
                here = os.open(f"{top}/d{number}", os.O_RDONLY)
            os.mknod(f"f{number}", dir_fd=here)
while True:
    pass
