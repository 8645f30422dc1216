"""Sorts rows by their ranks where these fit 64 bits: one key is faster than many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def in_order(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows sorted lexicographically."""
    if len(rows) < 2 or rows.shape[1] == 0 or rising(rows):
        return rows
    lows = rows.min(axis=0)
    spans = [int(s) + 1 for s in rows.max(axis=0) - lows]
    size = 1
    for span in spans:
        size *= span
    if size >= 1 << 62:
        return rows[np.lexsort(rows.T[::-1])]
    key = np.zeros(len(rows), np.int64)  # the rank of a row among all within the spans
    for k, span in enumerate(spans):
        key *= span
        key += rows[:, k] - lows[k]
    return rows[np.argsort(key, kind="stable")]


def rising(rows: NDArray[np.int64]) -> bool:
    """Whether each row comes strictly after the one before, lexicographically."""
    tied = np.ones(max(0, len(rows) - 1), bool)
    for column in rows.T:
        if (tied & (column[1:] < column[:-1])).any():
            return False
        tied &= column[1:] == column[:-1]
        if not tied.any():
            return True
    return not len(tied)
