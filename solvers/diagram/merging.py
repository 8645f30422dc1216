"""Adds a short list of codes to a long sorted one: a merge of the shifted copies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import entry

Array = NDArray[np.int64]
Counts = NDArray[np.uint64]

END = 2**63 - 1


@entry
def merge_shifted(
    codes: Array,
    counts: Counts,
    shifts: Array,
    factors: Counts,
    moduli: Counts,
    heads: Array,
    merged: Array,
    sums: Counts,
    size: int,
    steps: int,
) -> int:
    """Write the sorted distinct `codes + shift`, and the sums of their counts * factor.

    `heads` tells how far each copy is read, `size` how many results there are already; at most
    `steps` more are written before it returns. Counts and factors are [moduli, ...]; modulus 0 is
    2**64, and counts below their moduli stay so.
    """
    n, k, columns = len(codes), len(shifts), len(moduli)
    fronts = np.empty(k, np.int64)
    for j in range(k):
        fronts[j] = codes[heads[j]] + shifts[j] if heads[j] < n else END
    for at in range(size, size + steps):
        least = fronts[0]
        for j in range(1, k):
            if fronts[j] < least:
                least = fronts[j]
        if least == END:
            return at
        merged[at] = least
        for m in range(columns):
            sums[m, at] = 0
        for j in range(k):
            if fronts[j] != least:
                continue
            head = heads[j]
            for m in range(columns):
                if moduli[m]:
                    product = counts[m, head] * factors[m, j] % moduli[m]
                    sums[m, at] = (sums[m, at] + product) % moduli[m]
                else:
                    sums[m, at] += counts[m, head] * factors[m, j]
            heads[j] = head + 1
            fronts[j] = codes[head + 1] + shifts[j] if head + 1 < n else END
    return size + steps
