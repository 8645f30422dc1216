"""The oracle of every recurrent kernel: the same recurrence, written to be read, in float64.

Layout, everywhere in this folder (that of FlashRNN):

    Wx [B, T, Gw, N, D]  pre-activations from the input: gates that are given, heads, units
    R  [Gr, N, D, D]     recurrent weights of the gates that recur, R[g, n, d_out, d_in]
    b  [G, N, D]         biases of all gates
    s0 [S, B, 1, N, D]   states before the first step
    -> [S, B, T, N, D]   states after every step; the first is the hidden output
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from ..cells import as_numpy
from ..cells.cell import Cell
from ..cells.expression import gate, state

Doubles = NDArray[np.float64]


def states(cell: Cell, Wx: Floats, R: Floats, b: Floats, s0: Floats) -> Doubles:
    """States of a cell after every step."""
    wx, weights, bias, start = (np.asarray(a, np.float64) for a in (Wx, R, b, s0))
    batch, steps, _, heads, units = wx.shape
    now = list(start[:, :, 0])
    found = np.empty((len(cell.states), batch, steps, heads, units))
    for t in range(steps):
        gathered = np.einsum("bni,gnoi->gbno", now[0], weights, optimize=True)
        sums = [np.broadcast_to(bias[g], now[0].shape) for g in range(len(cell.gates))]
        for place, g in enumerate(cell.given):
            sums[g] = sums[g] + wx[:, t, place]
        for place, g in enumerate(cell.recurring):
            sums[g] = sums[g] + gathered[place]
        leaves = {gate(kind.name): value for kind, value in zip(cell.gates, sums, strict=True)}
        leaves |= {state(kind.name): value for kind, value in zip(cell.states, now, strict=True)}
        now = as_numpy.step(cell.update, leaves)
        found[:, :, t] = np.broadcast_arrays(*now)
    return found


def example(
    cell: Cell, batch: int, steps: int, heads: int, units: int, seed: int = 0
) -> tuple[Floats, Floats, Floats, Floats]:
    """Random Wx, R, b, s0 of usual sizes: the same numbers for the same seed."""
    generator = np.random.default_rng(seed)

    def draw(scale: float, *shape: int) -> Any:
        return (scale * generator.standard_normal(shape)).astype(np.float32)

    start = draw(0.5, len(cell.states), batch, 1, heads, units)
    for place, kind in enumerate(cell.states):
        if kind.normaliser:  # one with a history is at least one
            start[place] = 1 + np.abs(start[place])
    return (
        draw(1.0, batch, steps, len(cell.given), heads, units),
        draw(units**-0.5, len(cell.recurring), heads, units, units),
        draw(0.1, len(cell.gates), heads, units),
        start,
    )
