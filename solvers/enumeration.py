"""Lists every solution: search without restarts, rows sorted at the end."""

from __future__ import annotations

import numpy as np

from . import memory as layout
from .engine import Rows
from .flatten import Flat
from .ordering import in_order
from .slices import Slices, Stop

# Rows that the engine fills before it returns.
CHUNK = 1 << 13
FIRST_CHUNK = 1 << 8


def list_solutions(
    flat: Flat, slices: Slices, limit: int | None, partial: bool = True
) -> tuple[Rows, bool]:
    """All solutions in lexicographic order of the decisions, and whether the list is complete.

    With a limit that many at most, the first ones; stopped early, those found, in any order, or
    none unless `partial`.
    """
    n = len(flat.decisions)
    if limit is not None and limit <= 0:
        return np.empty((0, n), np.int64), True
    chunks: list[Rows] = []
    total = 0
    size = FIRST_CHUNK
    complete = True
    slices.memory[layout.ORDER] = 0 if limit is None else 1
    slices.begin(layout.ALL)
    try:
        while True:
            rows = np.empty((size, n) if limit is None else (min(size, limit - total), n), np.int64)
            slices.memory[layout.FOUND] = 0
            try:
                status = slices.advance("listing solutions", rows)
            finally:
                chunks.append(rows[: int(slices.memory[layout.FOUND])])
                total += len(chunks[-1])
            if status != layout.SOLVED or total == limit:
                break
            slices.control.report("listing solutions", int(slices.memory[layout.NODES]))
            if slices.control.stopped:
                complete = False
                break
            size = CHUNK
    except Stop:
        complete = False
    rows = np.empty((total, n), np.int64)
    place = 0
    chunks.reverse()
    while chunks:  # each is given up once it is copied
        complete = complete and not slices.control.stopped
        if not complete and not partial:
            return rows[:0], complete
        chunk = chunks.pop()
        rows[place : place + len(chunk)] = chunk
        place += len(chunk)
    return (in_order(rows) if complete else rows), complete
