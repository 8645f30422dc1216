"""Keeps Python's garbage collector from looking again and again through what is being built."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collecting() -> Iterator[None]:
    """No search for unreachable cycles meanwhile; what has no reference left goes at once as ever.

    Compiling the search engine makes a hundred megabytes of trees and takes a tenth less time so;
    half a million conditions are rebuilt and flattened in two thirds of the time.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
