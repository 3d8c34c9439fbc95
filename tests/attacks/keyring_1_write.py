# tries: secret
# about: leaves a message for a friend's submission in the keyrings of session and user
# then: secret

import ctypes, platform

libc = ctypes.CDLL(None)
for keyring in (-3, -4, -5):
    number = 248 if platform.machine() == "x86_64" else 217
    libc.syscall(number, b"user", b"attack-message", b"CAN" b"ARY from a friend", 19, keyring)
