"""Depth-first search for the best state within a growing distance of the Lagrangian bound.

Prices tell by how much each choice misses the best one of its block, and a state at distance d of
the bound is made of choices that together miss by d. Usually few blocks have several choices that
miss by little (the core: Balas and Zemel, "An algorithm for large zero-one knapsack problems",
Operations Research 1980; Pisinger, "A minimal algorithm for the multiple-choice knapsack problem",
EJOR 1995). So all states within a small distance are tried, then within twice that, until one fits;
blocks whose second choice misses by most are decided first. Whole numbers decide throughout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .listing import Array
from .multipliers import Prices
from .states import Rule, States

MOST_NODES = 2_000_000
SLICE = 200_000  # nodes between two looks at the control
CORE = 8  # so many choices besides the best of each block are within the first distance


@dataclass
class Found:
    """The best state so far, as its goals and key words, and whether nothing is better."""

    vector: Array | None = None
    proved: bool = False


class Core:
    """The choices of all blocks: rows of priced first goal, budgets, goals and key words.

    Parameters
    ----------
    states : States
        Those of all blocks, one after the other; all dimensions are sums.
    sizes : array
        The number of states of each block.
    prices : Prices
    score : array
        The first goal of each state, with the budgets priced in.
    limited, goals : list of int
        The dimensions that have a limit, and those of the goals.
    most : array
        The limits.
    """

    def __init__(
        self,
        states: States,
        sizes: Array,
        prices: Prices,
        score: Array,
        limited: Sequence[int],
        goals: Sequence[int],
        most: Array,
    ) -> None:
        self.prices = prices
        self.most = most
        self.tests = 1 + len(limited)
        self.blocks = len(sizes)
        firsts = np.cumsum(sizes) - sizes
        least = np.minimum.reduceat(score, firsts)
        misses = score - np.repeat(least, sizes)
        self.bound = int(least.sum())
        self.reach = int(np.maximum.reduceat(misses, firsts).sum())
        self.worst = int(np.maximum.reduceat(states.amounts[:, goals[0]], firsts).sum())
        # the block whose second choice misses by most comes first, in each the least miss
        block = np.repeat(np.arange(self.blocks), sizes)
        order = np.lexsort((misses, block))
        second = np.full(self.blocks, np.iinfo(np.int64).max)
        second[sizes > 1] = misses[order][firsts[sizes > 1] + 1]
        rank = np.empty(self.blocks, np.int64)
        rank[np.argsort(-second, kind="stable")] = np.arange(self.blocks)
        order = order[np.argsort(rank[block[order]], kind="stable")]
        self.block, self.misses = rank[block[order]], misses[order]
        amounts = states.amounts[:, [*limited, *goals]]
        self.rows = np.column_stack([score, amounts, states.keys])[order]

    def search(self, rule: Rule, found: Found) -> None:
        """Improve `found`; it may end without a proof once it has taken `MOST_NODES` nodes.

        Raises
        ------
        Stopped
            If the question is to end.
        """
        from ..compiled import announce
        from .walk import walk

        announce(rule.control, walk)
        scale, priced = self.prices.scale, self.prices.budgets
        least = -(-(self.bound - priced) // scale)  # no first goal is less
        near = min(self.blocks + CORE, len(self.misses)) - 1
        distance = 1 + int(np.partition(self.misses, near)[near]) // scale
        left = MOST_NODES
        while left > 0:
            most = min(least + distance, self._most(found))
            room = min(scale * most + priced - self.bound, self.reach)
            if room >= 0:
                left = self._within(room, left, rule, found)
            if left > 0 and (room == self.reach or most >= self._most(found)):
                found.proved = True
                return
            distance *= 2

    def _most(self, found: Found) -> int:
        """The first goal of what is sought is at most this."""
        return self.worst if found.vector is None else int(found.vector[0])

    def _within(self, room: int, left: int, rule: Rule, found: Found) -> int:
        """Try all states that miss by at most `room`; how many nodes are left, 0 if too few."""
        from .walk import walk

        kept = self.misses <= room
        rows = np.ascontiguousarray(self.rows[kept])
        starts = np.searchsorted(self.block[kept], np.arange(self.blocks + 1))
        rest = np.zeros((self.blocks + 1, rows.shape[1]), np.int64)
        rest[:-1] = np.cumsum(np.minimum.reduceat(rows, starts[:-1])[::-1], axis=0)[::-1]
        limits = np.concatenate([[self.bound + room], self.most])
        best = np.zeros(rows.shape[1] - self.tests, np.int64)
        state = np.array([0, found.vector is not None])
        if found.vector is not None:
            best[:] = found.vector
        sums = np.zeros_like(rest)
        place = starts.copy()
        scale, priced = self.prices.scale, self.prices.budgets
        while state[0] >= 0 and left > 0:
            rule.check()
            steps = min(left, SLICE)
            taken = walk(rows, starts, rest, limits, scale, priced, place, sums, best, state, steps)
            rule.visited += taken
            rule.control.report("searching the core", rule.visited)
            left -= taken
            if state[1]:
                found.vector = best.copy()
        return 0 if state[0] >= 0 else max(1, left)
