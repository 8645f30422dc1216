"""Reading and compiling a long text without the garbage collector looking through it meanwhile."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collecting() -> Iterator[None]:
    """Keep the collector off: trees are built that live on, so all its passes would find nothing.

    Ten thousand lines take half the time so. What is lost in cycles is collected afterwards.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
