"""Some rounds of the subgradient method for prices: compiled, over flat arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import entry
from .listing import Array

Floats = NDArray[np.float64]

FALL = 0.975  # what is left of a step in the next round


@entry
def climb(
    goal: Array,
    uses: Array,
    starts: Array,
    ends: Array,
    budgets: Array,
    unit: Floats,
    price: Floats,
    best: Floats,
    state: Floats,
    rounds: int,
) -> bool:
    """Improve `best` by the subgradient method, steps falling geometrically (Shor 1985).

    Steps are in units in which each budget's whole spread is worth the goal's whole spread.
    `price` goes on from where it is, `state` has the step and the best bound. Returns whether no
    budget is exceeded and none that has a price has room left.
    """
    count = len(price)
    slope = np.empty(count)
    for _ in range(rounds):
        value = 0.0
        for c in range(count):
            value -= price[c] * budgets[c]
            slope[c] = -budgets[c]
        for b in range(len(starts)):
            least, chosen = np.inf, starts[b]
            for row in range(starts[b], ends[b]):
                priced = float(goal[row])
                for c in range(count):
                    priced += price[c] * uses[row, c]
                if priced < least:
                    least, chosen = priced, row
            value += least
            for c in range(count):
                slope[c] += uses[chosen, c]
        if value > state[1]:
            best[:] = price
            state[1] = value
        length = 0.0
        for c in range(count):
            slope[c] = slope[c] * unit[c] if price[c] > 0 or slope[c] > 0 else 0.0
            length += slope[c] * slope[c]
        if length == 0:
            return True
        for c in range(count):
            step = state[0] * slope[c] / np.sqrt(length) * unit[c]
            price[c] = max(0.0, price[c] + step)
        state[0] *= FALL
    return False
