# tries: secret
# about: sends what it knows as a name server request

import socket

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
    try:
        connection.sendto(b"CAN" b"ARY by UDP", ("127.0.0.1", {port}))
    except OSError as error:
        print(error)
