"""The oracle of every recurrent kernel: the same recurrence, written to be read, in float64.

Layout, everywhere in this folder (that of FlashRNN):

    Wx [B, T, G, N, D]   pre-activations from the input, one per gate, head and unit
    R  [G, N, D, D]      recurrent weights, R[g, n, d_out, d_in], heads apart
    b  [G, N, D]         biases
    s0 [S, B, 1, N, D]   states before the first step
    -> [S, B, T, N, D]   states after every step; the first is the hidden output
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats

Doubles = NDArray[np.float64]


def sigmoid(x: Doubles) -> Doubles:
    """1 / (1 + exp(-x)) without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * x))


def lstm(Wx: Floats, R: Floats, b: Floats, s0: Floats) -> Doubles:
    """States of an LSTM, gates in the order i f z o."""
    wx, weights, bias = (np.asarray(a, np.float64) for a in (Wx, R, b))
    h, c = np.asarray(s0, np.float64)[:, :, 0]
    batch, steps, _, heads, units = wx.shape
    states = np.empty((2, batch, steps, heads, units))
    for t in range(steps):
        recurrent = np.einsum("bni,gnoi->bgno", h, weights, optimize=True)
        i, f, z, o = (wx[:, t] + bias + recurrent).transpose(1, 0, 2, 3)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(z)
        h = sigmoid(o) * np.tanh(c)
        states[:, :, t] = h, c
    return states


def example(
    batch: int, steps: int, heads: int, units: int, seed: int = 0, gates: int = 4, states: int = 2
) -> tuple[Floats, Floats, Floats, Floats]:
    """Random Wx, R, b, s0 of usual sizes: the same numbers for the same seed."""
    generator = np.random.default_rng(seed)

    def draw(scale: float, *shape: int) -> Any:
        return (scale * generator.standard_normal(shape)).astype(np.float32)

    return (
        draw(1.0, batch, steps, gates, heads, units),
        draw(units**-0.5, gates, heads, units, units),
        draw(0.1, gates, heads, units),
        draw(0.5, states, batch, 1, heads, units),
    )
