"""The same step in plain loops, for processors without vectors and as a second implementation.

It reads the packed weights of `packing` and keeps to the tile: accumulators of `rows` batch rows
and one block of units, gathered over the inputs, then turned into states.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

from math import exp

import numba
import numpy as np


@numba.njit(inline="always")
def sigmoid(x):
    """1 / (1 + exp(-x)) without overflow."""
    if x >= 0:
        return 1 / (1 + exp(-x))
    return exp(x) / (1 + exp(x))


@numba.njit(inline="always")
def tanh(x):
    """The hyperbolic tangent, by way of the sigmoid."""
    return 2 * sigmoid(2 * x) - 1


@numba.njit(cache=True, nogil=True)
def lstm(wx, weights, start, out, hidden, memory, depth, first, last, rows, width):
    """Run the tasks `first .. last - 1`: arguments as for `time_loop.forward`.

    Parameters
    ----------
    rows, width : int
        Batch rows of a tile, units of a block.
    """
    batch, steps, gates, _, units = wx.shape
    group, block = hidden.shape[1], hidden.shape[3]
    blocks = batch // block
    sums = np.empty((rows, gates * width), np.float32)
    for task in range(first, last):
        head_0 = task // blocks * group
        row_0 = task % blocks * block
        for n in range(group):
            for r in range(block):
                for d in range(units):
                    hidden[task, n, 0, r, d] = start[0, row_0 + r, 0, head_0 + n, d]
                    memory[task, n, 0, r, d] = start[1, row_0 + r, 0, head_0 + n, d]
        for t in range(steps):
            for n in range(group):
                head = head_0 + n
                old, new = hidden[task, n, t & 1], hidden[task, n, 1 - (t & 1)]
                kept = memory[task, n, 0]
                place = 0
                for unit_0 in range(0, units, width):
                    count = min(width, units - unit_0)
                    line = gates * count
                    for r_0 in range(0, block, rows):
                        tall = min(rows, block - r_0)
                        for r in range(tall):
                            for g in range(gates):
                                for d in range(count):
                                    sums[r, g * count + d] = (
                                        wx[row_0 + r_0 + r, t, g, head, unit_0 + d]
                                        + weights[head, place + g * count + d]
                                    )
                        for k in range(depth):
                            row_of_weights = place + (k + 1) * line
                            for r in range(tall):
                                h = old[r_0 + r, k]
                                for c in range(line):
                                    sums[r, c] += h * weights[head, row_of_weights + c]
                        for r in range(tall):
                            b = row_0 + r_0 + r
                            for d in range(count):
                                unit = unit_0 + d
                                i, f = sigmoid(sums[r, d]), sigmoid(sums[r, count + d])
                                z, o = tanh(sums[r, 2 * count + d]), sums[r, 3 * count + d]
                                c_new = f * kept[r_0 + r, unit] + i * z
                                h_new = sigmoid(o) * tanh(c_new)
                                kept[r_0 + r, unit] = c_new
                                new[r_0 + r, unit] = h_new
                                out[0, b, t, head, unit] = h_new
                                out[1, b, t, head, unit] = c_new
                    place += (depth + 1) * line
