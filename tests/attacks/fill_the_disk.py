# tries: stop
# about: fills every folder that it can write to

for folder in (".", "/tmp", "/dev/shm", "/var/tmp", "/"):
    try:
        with open(folder + "/attack-fill", "wb") as file:
            for _ in range(40):
                file.write(bytes(20_000_000))
    except OSError as error:
        print(error)
