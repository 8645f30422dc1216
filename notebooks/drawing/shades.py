"""A sheet of shades as a PNG: orange below zero, pale at zero, blue above."""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from functools import cache

PALE = (238, 240, 242)
BELOW, ABOVE = (180, 72, 8), (10, 82, 168)
ZERO, GAP = 127, 255


@cache
def palette() -> bytes:
    """Red, green and blue of each of the 256 shades."""
    found = bytearray()
    for shade in range(256):
        end = ABOVE if shade > ZERO else BELOW
        share = min(abs(shade - ZERO) / ZERO, 1.0) ** 0.8  # small numbers can be seen, too
        for pale, full in zip(PALE, end, strict=True):
            found.append(round(pale + (full - pale) * share))
    return bytes(found)


def png(shades: bytes, width: int, height: int) -> bytes:
    """A PNG of rows of shades; shade 255 is see-through."""
    rows = b"".join(b"\0" + shades[i * width : (i + 1) * width] for i in range(height))
    see_through = bytes([255] * GAP + [0])
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(name, data)
        for name, data in (
            (b"IHDR", header),
            (b"PLTE", palette()),
            (b"tRNS", see_through),
            (b"IDAT", zlib.compress(rows, 6)),
            (b"IEND", b""),
        )
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    check = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)


def inline(picture: bytes) -> str:
    """A picture as an address that holds it."""
    return f"data:image/png;base64,{b64encode(picture).decode()}"
