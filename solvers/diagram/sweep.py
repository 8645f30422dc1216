"""Which of many states survive: compiled scans for non-dominated rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import entry

Array = NDArray[np.int64]


@entry
def sweep_two(
    rest: Array, first: int, last: int, xs: Array, ys: Array, size: int, kept: NDArray[np.bool_]
) -> int:
    """Mark the rows first .. last - 1 that no earlier row equals or beats in both columns.

    `xs[:size]`, `ys[:size]` is the staircase of the rows before `first`: x rises, y falls (Kung,
    Luccio and Preparata 1975). Returns its new size.
    """
    for i in range(first, last):
        x, y = rest[i, 0], rest[i, 1]
        lo, hi = 0, size  # the number of stairs with xs <= x
        while lo < hi:
            middle = (lo + hi) // 2
            if xs[middle] <= x:
                lo = middle + 1
            else:
                hi = middle
        if lo > 0 and ys[lo - 1] <= y:
            continue
        kept[i] = True
        start = lo - 1 if lo > 0 and xs[lo - 1] == x else lo
        end = start
        while end < size and ys[end] >= y:
            end += 1
        shift = start + 1 - end
        if shift > 0:
            for j in range(size - 1, end - 1, -1):
                xs[j + shift], ys[j + shift] = xs[j], ys[j]
        elif shift < 0:
            for j in range(end, size):
                xs[j + shift], ys[j + shift] = xs[j], ys[j]
        xs[start], ys[start] = x, y
        size += shift
    return size


@entry
def sweep_many(
    rest: Array,
    first: int,
    last: int,
    archive: Array,
    size: int,
    reach: int,
    kept: NDArray[np.bool_],
) -> int:
    """The same for any number of columns, by comparing with the rows that survived so far.

    A row that beats another moves forward in the archive, so that busy ones are met early; only
    the first `reach` are compared with, so some rows may stay that another one beats.
    """
    columns = rest.shape[1]
    for i in range(first, last):
        beaten = False
        for j in range(min(size, reach)):
            smaller = True
            for c in range(columns):
                if archive[j, c] > rest[i, c]:
                    smaller = False
                    break
            if smaller:
                beaten = True
                if j > 0:
                    to = j // 2
                    for c in range(columns):
                        swap = archive[to, c]
                        archive[to, c] = archive[j, c]
                        archive[j, c] = swap
                break
        if not beaten:
            kept[i] = True
            for c in range(columns):
                archive[size, c] = rest[i, c]
            size += 1
    return size
