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


def check_result(array: Floats, shape: tuple[int, ...], name: str, streamed: bool) -> None:
    """Raise ValueError unless a kernel, which sees only an address, may write a result there.

    Parameters
    ----------
    streamed : bool
        Whether whole vectors are written past the caches, which faults off a cache line.
    """
    if array.shape != shape or array.dtype != np.float32 or not array.flags.c_contiguous:
        raise ValueError(f"{name} is {array.dtype} {array.shape}, not contiguous float32 {shape}")
    if streamed and array.size and array.ctypes.data % ALIGNMENT:
        raise ValueError(f"{name} does not start on a cache line, as results past the caches must")


def round_up(number: int, multiple: int) -> int:
    """The least multiple that is not below the number."""
    return -(-number // multiple) * multiple
