"""Memory as kernels want it: single precision, on cache lines."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

ALIGNMENT = 64  # bytes: a cache line, and the widest vector

Floats = NDArray[np.float32]


def aligned(shape: tuple[int, ...], fill: float | None = None) -> Floats:
    """A float32 array that starts on a cache line."""
    size = int(np.prod(shape)) * 4
    raw = np.empty(size + ALIGNMENT, np.uint8)
    offset = -raw.ctypes.data % ALIGNMENT
    array: Any = raw[offset : offset + size].view(np.float32).reshape(shape)
    if fill is not None:
        array.fill(fill)
    return array  # type: ignore[no-any-return]


def round_up(number: int, multiple: int) -> int:
    """The least multiple that is not below the number."""
    return -(-number // multiple) * multiple
