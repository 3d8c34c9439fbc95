"""What the grader's helper process is asked to do in tests of its limits."""

import os


def spin():
    while True:
        pass


def spin_in_c():
    """A single operation that looks at no signal while it goes on."""
    return pow(3, 10**9) % 7


def fill(megabytes):
    return len(bytearray(megabytes * 2**20)) // 2**20


def fill_slowly():
    kept = []
    while True:
        kept.append([None] * 1000)


def abort():
    os.abort()


def fail():
    raise ZeroDivisionError("on purpose")


def echo(value):
    return value


def length(data):
    return len(data)


def process():
    return os.getpid()
