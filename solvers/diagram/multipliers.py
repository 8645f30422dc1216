"""Lagrangian bounds: budgets priced into the goal, so that every block can be bounded alone.

For prices p >= 0 every choice within the budgets has goal >= goal + p * (use - budget), and the
right side is least when every block makes its own best choice (Kellerer, Pferschy and Pisinger,
"Knapsack Problems", 2004, chapters 3 and 11). Good prices are found with floats; the bound itself
uses them as whole numbers over a common scale and is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .listing import Array

ROUNDS = 150
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


def prices(goals: Sequence[Array], uses: Sequence[Array], budgets: Array) -> Prices:
    """Good prices for blocks with these goals [n] and uses [n, budgets]."""
    count = len(budgets)
    if not count:
        return Prices(1, np.zeros(0, np.int64), 0)
    width = max(len(g) for g in goals)
    goal = np.full((len(goals), width), np.inf)
    use = np.zeros((len(goals), width, count))
    for i, (g, u) in enumerate(zip(goals, uses, strict=True)):
        goal[i, : len(g)] = g
        use[i, : len(u)] = u
    spread = np.array([sum(float(np.ptp(u[:, j])) for u in uses) for j in range(count)])
    reach = sum(float(np.ptp(g)) for g in goals)
    unit = np.where(spread > 0, max(reach, 1.0) / np.maximum(spread, 1.0), 0.0)
    best = _climb(goal, use, budgets.astype(float), unit)
    largest = sum(int(np.abs(g).max()) for g in goals) + 1
    uses_most = [sum(int(np.abs(u[:, j]).max()) for u in uses) + 1 for j in range(count)]
    budgets_most = [max(a, abs(int(b))) for a, b in zip(uses_most, budgets, strict=True)]
    heaviest = largest + sum(p * m for p, m in zip(best, budgets_most, strict=True))
    scale = 1
    while scale < 2**20 and 4 * scale * heaviest < ROOM:
        scale *= 2
    weights = np.floor(best * scale).astype(np.int64)
    if largest * scale + sum(int(w) * m for w, m in zip(weights, budgets_most, strict=True)) > ROOM:
        weights[:] = 0
    total = sum(int(w) * int(b) for w, b in zip(weights, budgets, strict=True))
    return Prices(scale, weights, total)


def _climb(
    goal: NDArray[np.float64],
    use: NDArray[np.float64],
    budgets: NDArray[np.float64],
    unit: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Prices by the subgradient method, steps falling geometrically (Shor 1985)."""
    rows = np.arange(len(goal))
    price = np.zeros(len(budgets))
    best, best_value = price, -np.inf
    size = 0.5
    for _ in range(ROUNDS):
        priced = goal + use @ price
        chosen = priced.argmin(axis=1)
        excess = use[rows, chosen].sum(axis=0) - budgets
        value = float(priced[rows, chosen].sum() - price @ budgets)
        if value > best_value:
            best, best_value = price, value
        # work in units in which each budget's whole spread is worth the goal's whole spread
        slope = np.where((price > 0) | (excess > 0), excess, 0.0) * unit
        length = float(np.linalg.norm(slope))
        if length == 0:  # no budget is exceeded, and none that has a price has room left
            break
        price = np.maximum(0.0, price + size * slope / length * unit)
        size *= 0.95
    return best
