# tries: secret
# about: talks to a helper on the machine over an abstract socket, which needs no file

import socket

with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
    try:
        connection.connect("\0attack-{port}")
        connection.sendall(b"CAN" b"ARY by abstract socket")
    except OSError as error:
        print(error)
