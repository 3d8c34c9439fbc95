# tries: stop
# about: raises errors whose kind, text and line break the finding's lines, change the terminal and turn the text around
# then: nothing

class Forged(Exception):
    pass

Forged.__name__ = "x\nFORGED Your code: right\x1b]0;FORGED\x07\u202e"

def identity_block(X, f, filters, initializer=None):
    raise Forged("\r\nFORGED Hint: 10 of 10 points\x1b[2J\u202e\u2066\x9b31m\x85")
