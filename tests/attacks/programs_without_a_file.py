# tries: trace
# about: runs a program from memory that has no name, as a daemon
# then: nothing

import os, sys

program = os.memfd_create("attack-survivor", 0)
os.write(program, b"#!" + sys.executable.encode() + b"\nimport time\ntime.sleep(600)\n")
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve(f"/proc/self/fd/{program}", ["attack-survivor"], {"PATH": "/bin"})
    os._exit(0)
