# tries: secret
# about: brings a file with a message, and reads it, so that it lies in the memory of its kernel
# then: secret

text = open("note.txt").read() * 1000

# %% beside note.txt
CANARY-left-in-memory
