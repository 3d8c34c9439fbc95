# tries: stop
# about: never ends

while True:
    pass
