# tries: stop
# about: waits for somebody to type

input("Your password: ")
