"""Lagrangian bounds: budgets priced into the goal, so that every block can be bounded alone.

For prices p >= 0 every choice within the budgets has goal >= goal + p * (use - budget), and the
right side is least when every block makes its own best choice (Kellerer, Pferschy and Pisinger,
"Knapsack Problems", 2004, chapters 3 and 11). Good prices are found with floats; the bound itself
uses them as whole numbers over a common scale and is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..control import Control, Stopped
from .listing import Array

Floats = NDArray[np.float64]

ROUNDS = 400
SLICE = 10_000_000  # priced uses between two looks at the control
ROOM = 2**60


@dataclass(frozen=True)
class Prices:
    """scale * goal + sum of price * use, minus sum of price * budget."""

    scale: int
    weights: Array
    budgets: int

    def score(self, goal: Array, uses: Array) -> Array:
        """The priced goal of rows, without the budgets."""
        return np.asarray(goal * self.scale + uses @ self.weights)


def prices(goal: Array, uses: Array, starts: Array, budgets: Array, control: Control) -> Prices:
    """Good prices for rows with these goals [n] and uses [n, budgets]; `starts` begin the blocks.

    Raises
    ------
    Stopped
        If the question is to end.
    """
    if not len(budgets):
        return Prices(1, np.zeros(0, np.int64), 0)
    table = np.column_stack([goal, uses])
    low = np.minimum.reduceat(table, starts)
    high = np.maximum.reduceat(table, starts)
    reach, *spread = (high - low).sum(axis=0).tolist()
    most = (np.maximum(high, -low).sum(axis=0) + 1).tolist()
    unit = [max(reach, 1) / s if s else 0.0 for s in spread]
    best = _climbed(goal, uses, starts, budgets, np.array(unit), control)
    largest, *heavy = most
    heavy = [max(a, abs(int(b))) for a, b in zip(heavy, budgets, strict=True)]
    heaviest = largest + sum(p * m for p, m in zip(best, heavy, strict=True))
    scale = 1
    while scale < 2**20 and 4 * scale * heaviest < ROOM:
        scale *= 2
    weights = np.floor(best * scale).astype(np.int64)
    if largest * scale + sum(int(w) * m for w, m in zip(weights, heavy, strict=True)) > ROOM:
        weights[:] = 0
    total = sum(int(w) * int(b) for w, b in zip(weights, budgets, strict=True))
    return Prices(scale, weights, total)


def _climbed(
    goal: Array, uses: Array, starts: Array, budgets: Array, unit: Floats, control: Control
) -> Floats:
    """The best prices that were met, a slice of rounds at a time."""
    from ..compiled import announce
    from .climb import climb

    announce(control, climb)
    ends = np.append(starts[1:], len(goal))
    price, best = np.zeros(len(budgets)), np.zeros(len(budgets))
    state = np.array([0.5, -np.inf])
    some = max(1, SLICE // uses.size)
    for start in range(0, ROUNDS, some):
        if control.stopped:
            raise Stopped("stopped while pricing budgets")
        rounds = min(some, ROUNDS - start)
        if climb(goal, uses, starts, ends, budgets, unit, price, best, state, rounds):
            break
    return best
