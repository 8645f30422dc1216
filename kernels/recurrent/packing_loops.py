"""Weights into their reading order, fast enough to be done at every training step.

Templates, as in `time_loop`; `packing` says what the orders are.
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

from typing import Any

import numpy as np

LANES = 1
square: Any = None  # a square of weights, transposed
copy_4: Any = None  # a vector of four outputs, and of one
copy_1: Any = None


def forward(R, b, packed, width, depth):
    """R and b into rows of `packed`; `width` units a block, `depth` inputs."""
    recurring, heads, units, _ = R.shape
    gates = b.shape[0]
    padded = (units + LANES - 1) // LANES * LANES
    row = np.int64(units * 4)
    for n in range(heads):
        for unit_0 in range(0, padded, width):
            here = min(width, padded - unit_0)
            real = min(here, units - unit_0)
            begin = unit_0 * (gates + depth * recurring)
            for g in range(gates):
                for d in range(real):
                    packed[n, begin + g * here + d] = b[g, n, unit_0 + d]
            begin = packed.ctypes.data + (n * packed.shape[1] + begin + gates * here) * 4
            line = np.int64(recurring * here * 4)
            for k in range(0, units, LANES):
                inputs = np.int64(units - k)
                for g in range(recurring):
                    for d in range(0, here, LANES):
                        source = R.ctypes.data + ((g * heads + n) * units + unit_0 + d) * row
                        target = begin + ((k * recurring + g) * here + d) * 4
                        outputs = np.int64(real - d)
                        square(source + k * 4, row, target, line, outputs, inputs)


def backward(R, packed, width, padded):
    """R into rows of `packed`, with `padded` outputs a gate."""
    recurring, heads, units, _ = R.shape
    row, none = np.int64(units * 4), np.int64(0)
    for n in range(heads):
        for g in range(recurring):
            matrix = R.ctypes.data + (g * heads + n) * units * row
            for k in range(0, units, 4):  # few outputs of all inputs: both sides stay near
                for unit in range(0, padded, LANES):
                    unit_0 = unit // width * width
                    here = min(width, padded - unit_0)
                    begin = unit_0 * recurring * padded + (g * padded + k) * here + unit - unit_0
                    target = packed.ctypes.data + (n * packed.shape[1] + begin) * 4
                    source = matrix + k * row + unit * 4
                    line, valid = np.int64(here * 4), np.int64(units - unit)
                    if k + 4 <= units:
                        copy_4(source, row, target, line, none, valid)
                    else:
                        for _ in range(k, units):
                            copy_1(source, row, target, line, none, valid)
                            source += row
                            target += line
