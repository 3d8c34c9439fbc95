# tries: trace
# about: fills shared folders with files that stay

for path in ("/tmp/attack-large", "/dev/shm/attack-large", "/var/tmp/attack-large"):
    try:
        with open(path, "wb") as file:
            file.write(bytes(20_000_000))
    except OSError as error:
        print(error)
