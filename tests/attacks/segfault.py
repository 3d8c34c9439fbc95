# tries: stop
# about: makes the interpreter read where nothing is

import ctypes
ctypes.string_at(0)
