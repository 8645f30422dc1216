"""The C library's allocator, asked to keep the memory that it has while networks are timed."""

from __future__ import annotations

import ctypes

MMAP_THRESHOLD, TRIM_THRESHOLD, NEVER = -3, -1, (1 << 31) - 1  # of `malloc.h`


def keep_memory() -> bool:
    """Let the C library keep what is freed, from now on; False where it knows no such thing.

    Otherwise a large tensor may be given back to the system and its successor's pages be made
    anew at every call. `MALLOC_TRIM_THRESHOLD_` and `MALLOC_MMAP_THRESHOLD_` in the environment
    do the same for any program.
    """
    try:
        library = ctypes.CDLL(None)
        largest = 1 << 30
        return bool(
            library.mallopt(MMAP_THRESHOLD, largest) and library.mallopt(TRIM_THRESHOLD, NEVER)
        )
    except (AttributeError, OSError, TypeError):
        return False
