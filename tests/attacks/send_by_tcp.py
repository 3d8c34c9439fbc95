# tries: secret
# about: sends what it knows over the network

import socket

try:
    with socket.create_connection(("127.0.0.1", {port}), timeout=2) as connection:
        connection.sendall(b"CAN" b"ARY by TCP")
except OSError as error:
    print(error)
