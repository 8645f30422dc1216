"""Weights into their reading order, fast enough to be done at every training step.

Templates, as in `time_loop`; `packing` says what the orders are.
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations


def forward(R, b, packed, width, depth):
    """R and b into rows of `packed`; `width` units a block, `depth` inputs."""
    recurring, heads, units, _ = R.shape
    gates = b.shape[0]
    padded = packed.shape[1] // (gates + depth * recurring)
    for n in range(heads):
        for unit_0 in range(0, units, width):
            here = min(width, padded - unit_0)
            real = min(here, units - unit_0)
            begin = unit_0 * (gates + depth * recurring)
            for g in range(gates):
                for d in range(real):
                    packed[n, begin + g * here + d] = b[g, n, unit_0 + d]
            begin += gates * here
            for g in range(recurring):
                for k_0 in range(0, units, 16):  # a square at a time: both sides stay in the L1
                    last = min(units, k_0 + 16)
                    for d in range(real):
                        for k in range(k_0, last):
                            place = begin + (k * recurring + g) * here + d
                            packed[n, place] = R[g, n, unit_0 + d, k]


def backward(R, packed, width, padded):
    """R into rows of `packed`, with `padded` outputs a gate."""
    recurring, heads, units, _ = R.shape
    for n in range(heads):
        for unit_0 in range(0, units, width):
            here = min(width, padded - unit_0)
            real = min(here, units - unit_0)
            begin = unit_0 * recurring * padded
            for g in range(recurring):
                for k in range(units):
                    place = begin + (g * padded + k) * here
                    for d in range(real):
                        packed[n, place + d] = R[g, n, k, unit_0 + d]
