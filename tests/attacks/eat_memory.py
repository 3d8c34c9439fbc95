# tries: stop
# about: takes memory without end

taken = []
while True:
    taken.append(bytearray(50_000_000))
