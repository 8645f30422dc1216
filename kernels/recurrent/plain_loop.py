"""The same step in plain loops, for processors without vectors and as a second implementation.

`forward` is a template, as in `time_loop`: `generate` copies its text below a cell's `step`. It
keeps to the tile: sums of `rows` batch rows and one block of units, gathered over the inputs, then
turned into states. Weights stand as [N, D_in, Gr, D_out], biases as [N, G, D].
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

from math import exp, log1p
from typing import Any

import numba
import numpy as np

GIVEN = np.zeros(1, np.int64)  # where each gate stands in the pre-activations; -1 for nowhere
RECURRING = np.zeros(1, np.int64)  # where each gate stands in the recurrent weights
step: Any = None  # step(gates, states, new): one unit's new states


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


@numba.njit(inline="always")
def log_sigmoid(x):
    """log(sigmoid(x)) without overflow."""
    return minimum(x, 0) - log1p(exp(-abs(x)))


@numba.njit(inline="always")
def maximum(x, y):
    """The larger of two; NaN where either is."""
    if x != x or x > y:
        return x
    return y


@numba.njit(inline="always")
def minimum(x, y):
    """The smaller of two; NaN where either is."""
    if x != x or x < y:
        return x
    return y


def forward(wx, weights, biases, start, out, saved, hidden, memory, first, last, rows, width):
    """Run the tasks `first .. last - 1`: arguments as for `time_loop.forward`.

    Parameters
    ----------
    weights : array [N, D_in, Gr, D_out]
    biases : array [N, G, D]
    rows, width : int
        Batch rows of a tile, units of a block.
    """
    batch, steps, _, _, units = wx.shape
    gates, recurring = biases.shape[1], weights.shape[2]
    group, block, others = hidden.shape[1], hidden.shape[3], memory.shape[2]
    blocks = batch // block
    sums = np.empty((rows, recurring, width), np.float32)
    before = np.empty(gates, np.float32)
    former, new = np.empty(others + 1, np.float32), np.empty(others + 1, np.float32)
    for task in range(first, last):
        head_0 = task // blocks * group
        row_0 = task % blocks * block
        for n in range(group):
            for r in range(block):
                for d in range(units):
                    hidden[task, n, 0, r, d] = start[0, row_0 + r, 0, head_0 + n, d]
                    for s in range(others):
                        memory[task, n, s, r, d] = start[s + 1, row_0 + r, 0, head_0 + n, d]
        for t in range(steps):
            for n in range(group):
                head = head_0 + n
                old, latest = hidden[task, n, t & 1], hidden[task, n, 1 - (t & 1)]
                for unit_0 in range(0, units, width):
                    count = min(width, units - unit_0)
                    for r_0 in range(0, block, rows):
                        tall = min(rows, block - r_0)
                        sums[:] = 0
                        for k in range(units):
                            for r in range(tall):
                                h = old[r_0 + r, k]
                                for g in range(recurring):
                                    for d in range(count):
                                        sums[r, g, d] += h * weights[head, k, g, unit_0 + d]
                        for r in range(tall):
                            b = row_0 + r_0 + r
                            for d in range(count):
                                unit = unit_0 + d
                                for g in range(gates):
                                    before[g] = biases[head, g, unit]
                                    if GIVEN[g] >= 0:
                                        before[g] += wx[b, t, GIVEN[g], head, unit]
                                    if RECURRING[g] >= 0:
                                        before[g] += sums[r, RECURRING[g], d]
                                former[0] = old[r_0 + r, unit]
                                for s in range(others):
                                    former[s + 1] = memory[task, n, s, r_0 + r, unit]
                                if saved.size:
                                    saved[b, t, :, head, unit] = before
                                step(before, former, new)
                                latest[r_0 + r, unit] = new[0]
                                out[0, b, t, head, unit] = new[0]
                                for s in range(others):
                                    memory[task, n, s, r_0 + r, unit] = new[s + 1]
                                    out[s + 1, b, t, head, unit] = new[s + 1]
