"""Whether what is said to be a picture is one that a browser can show: some kB can unpack to gigabytes."""

import base64
import binascii

MAX_PIXELS = 50_000_000  # of one picture, 200 MB where it is shown: a large photograph, or a figure of 40 by 30 inches
HEAD = 30  # bytes that each kind has at least
MAX_PARTS = 1000  # before the first that tells a size


def is_picture(text: str) -> bool:
    """Whether some base64 without spaces is a PNG, JPEG, GIF or WebP picture of at most MAX_PIXELS, by its head."""
    try:
        size = _size(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, IndexError):
        return False
    return size is not None and 0 < size[0] * size[1] <= MAX_PIXELS


def _size(data: bytes) -> tuple[int, int] | None:
    """Width and height as the data's beginning tells them, or None. Raises IndexError where it ends too early."""
    if len(data) < HEAD:
        return None
    if data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:16] == b"IHDR":
        return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if data[:2] == b"\xff\xd8":
        return _size_of_jpeg(data)
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return _size_of_gif(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _size_of_webp(data)
    return None


def _size_of_jpeg(data: bytes) -> tuple[int, int] | None:
    place = 2
    for _ in range(MAX_PARTS):
        kind = data[place + 1]
        if data[place] != 0xFF or kind == 0xDA:  # no part, or pixels
            break
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):  # the start of a frame
            return _number(data, place + 7, "big"), _number(data, place + 5, "big")
        place += 2 + _number(data, place + 2, "big")
    return None


def _size_of_gif(data: bytes) -> tuple[int, int] | None:
    """The size of the screen or of the first picture: browsers show the larger one."""
    width, height = _number(data, 6, "little"), _number(data, 8, "little")
    place = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    for _ in range(MAX_PARTS):
        if data[place] == 0x2C:
            return max(width, _number(data, place + 5, "little")), max(height, _number(data, place + 7, "little"))
        # An extension's head, or one of the blocks after it, which begin with their length.
        place += 2 if data[place] == 0x21 else 1 + data[place]
    return None


def _size_of_webp(data: bytes) -> tuple[int, int] | None:
    if data[12:16] == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if data[12:16] == b"VP8 ":
        return _number(data, 26, "little") & 0x3FFF, _number(data, 28, "little") & 0x3FFF
    if data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return None


def _number(data: bytes, place: int, order: str) -> int:
    return data[place] << 8 | data[place + 1] if order == "big" else data[place] | data[place + 1] << 8
