# tries: stop
# about: opens files until no more can be opened

files = []
try:
    while True:
        files.append(open("/dev/null"))
except OSError as error:
    print(error)
files.clear()
