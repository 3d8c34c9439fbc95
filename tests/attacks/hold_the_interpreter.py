# tries: stop
# about: blocks all threads of the interpreter

import ctypes
ctypes.PyDLL(None).sleep(100000)
