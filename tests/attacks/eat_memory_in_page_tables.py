# tries: stop
# about: reads one byte of every two megabytes of a huge empty mapping: the tables alone fill the memory
# then: stop

import ctypes

libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
step, tables = 1 << 21, 3 << 30
size = tables // 4096 * step
start = libc.mmap(None, size, 1, 0x4022, -1, 0)
libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(size), 15)  # no huge pages
for address in range(start, start + size, step):
    ctypes.c_char.from_address(address).value
