"""The best assignment: dominance lists with Lagrangian bounds (Nemhauser and Ullmann 1969).

Where the first goal is a sum, a search near its bound comes first (`core.py`) and mostly suffices.
A pass combines block after block and keeps at most `width` states; the first passes are narrow and
give an incumbent, and a pass in which no state had to be cut off is a proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..control import Stopped
from .branches import branches
from .core import Core, Found
from .listing import Array, Listed, TooManyStates
from .model import Combine
from .multipliers import prices
from .states import MOST_STATES, Folder, Keys, Rule, States, concatenate

WIDTHS = (32, 1024, 32768, MOST_STATES)


@dataclass
class Incumbent:
    """The best state so far: costs in goal order, and key words."""

    cost: tuple[int, ...] | None = None
    key: Array | None = None


class Best:
    """Finds the best state of all branches.

    Parameters
    ----------
    listed : Listed
    rule : Rule
    goals : sequence of int
        The dimension of each goal, in order of importance.
    keys : Keys
    """

    def __init__(self, listed: Listed, rule: Rule, goals: Sequence[int], keys: Keys) -> None:
        self.listed = listed
        self.rule = rule
        self.goals = list(goals)
        self.keys = keys
        self.folder = Folder(listed, rule, keys)
        self.limited = [(c, d.limit) for c, d in enumerate(rule.dimensions) if d.limit is not None]
        self.incumbent = Incumbent()
        self.complete = False

    def run(self) -> Incumbent:
        """The best state; `complete` tells whether it is proved, should the question be stopped."""
        try:
            for places, parts in branches(self.listed.model.scopes, self.listed.parts):
                blocks = self.folder.blocks(places, parts)
                if blocks is not None:
                    self.branch(blocks)
            self.complete = True
        except TooManyStates:
            raise
        except Stopped:
            pass
        return self.incumbent

    def branch(self, blocks: list[States]) -> None:
        """Search one branch."""
        if self.goals:
            blocks = sorted(blocks, key=len, reverse=True)
        plan = _Plan(self, blocks)
        if plan.hopeless or plan.search():
            return
        for width in WIDTHS:
            if plan.run(width):
                return
        raise TooManyStates(f"more than {MOST_STATES:,} states")


class _Plan:
    """One branch: the order of its blocks, and what the blocks after each can still do."""

    def __init__(self, best: Best, blocks: Sequence[States]) -> None:
        self.best = best
        self.rule = best.rule
        self.blocks = blocks
        self.columns = [c for c, _ in best.limited]
        self.most = np.array([limit for _, limit in best.limited], np.int64)
        self.least = _suffix([b.amounts[:, self.columns].min(axis=0) for b in blocks])
        self.hopeless = bool((self.least[0] > self.most).any())
        cost = best.incumbent.cost
        if cost and not self.hopeless:
            goal = best.goals[0]
            if self.rule.dimensions[goal].combine is Combine.SUM:
                self.hopeless = sum(int(b.amounts[:, goal].min()) for b in blocks) > cost[0]
        self.bounded = bool(best.goals) and (
            self.rule.dimensions[best.goals[0]].combine is Combine.SUM
        )
        self.core: Core | None = None
        if self.hopeless or not (self.bounded or self.columns):
            self.focus = -1
            return
        # without a first goal that is a sum, the first budget plays its part
        self.focus = focus = best.goals[0] if self.bounded else self.columns[0]
        self.uses = [c for c in self.columns if c != focus]
        limits = np.array([m for c, m in best.limited if c != focus], np.int64)
        together = concatenate(blocks)
        sizes = np.array([len(b) for b in blocks])
        starts = np.cumsum(sizes) - sizes
        self.prices = prices(
            np.ascontiguousarray(together.amounts[:, focus]),
            np.ascontiguousarray(together.amounts[:, self.uses]),
            starts,
            limits,
            self.rule.control,
        )
        score = self.score(together)
        self.rest = _suffix(np.minimum.reduceat(score, starts)[:, None])[:, 0]
        sums = all(d.combine is Combine.SUM for d in self.rule.dimensions)
        if self.bounded and sums:
            self.core = Core(
                together, sizes, self.prices, score, self.columns, best.goals, self.most
            )

    def score(self, states: States) -> Array:
        """The focus of states with the other budgets priced in."""
        return self.prices.score(states.amounts[:, self.focus], states.amounts[:, self.uses])

    def lower(self, states: States, place: int) -> Array:
        """What the focus of a complete state comes to at least."""
        bound = self.score(states) + self.rest[place] - self.prices.budgets
        return np.asarray(-(-bound // self.prices.scale))

    def search(self) -> bool:
        """Look near the bound; whether that proved what is best."""
        goals, held = self.best.goals, self.best.incumbent
        if self.core is None:
            return False
        found = Found()
        if held.cost is not None and held.key is not None:
            found.vector = np.array([*held.cost, *held.key])
        try:
            self.core.search(self.rule, found)
        finally:
            if found.vector is not None:
                cost = tuple(found.vector[: len(goals)].tolist())
                self.best.incumbent = Incumbent(cost, found.vector[len(goals) :])
        return found.proved

    def run(self, width: int) -> bool:
        """One pass; whether it kept everything that could matter."""
        exact = True
        states = self.prune(self.blocks[0], 1)
        states = self.rule.survivors(states)
        for place in range(1, len(self.blocks)):
            if len(states) > width:
                exact = False
                states = self.narrow(states, width)
            states = self.step(states, self.blocks[place], place + 1)
            if not len(states):
                return exact
        self.settle(states)
        return exact

    def step(self, states: States, block: States, place: int) -> States:
        """The survivors after one more block."""
        rule = self.rule
        width = max(1, 1_000_000 // max(1, len(states)))
        result: States | None = None
        for start in range(0, len(block), width):
            rule.check()
            some = block.take(np.arange(start, min(len(block), start + width)))
            pairs = rule.survivors(self.prune(rule.join(states, some), place))
            if result is None:
                result = pairs
            elif len(pairs):
                both = States(
                    np.concatenate([result.amounts, pairs.amounts]),
                    np.concatenate([result.keys, pairs.keys]),
                )
                result = rule.survivors(both)
        assert result is not None
        rule.control.report("combining blocks", rule.visited)
        return result

    def prune(self, states: States, place: int) -> States:
        """The states that the blocks from `place` on may still lead to a new best."""
        amounts = states.amounts
        good = (amounts[:, self.columns] + self.least[place] <= self.most).all(axis=1)
        if self.focus >= 0 and not self.bounded:
            good &= self.lower(states, place) <= self.most[0]
        cost, key = self.best.incumbent.cost, self.best.incumbent.key
        if cost is not None and key is not None:
            tie = good
            if self.bounded:
                lower = self.lower(states, place)
                good &= lower <= cost[0]
                tie = lower == cost[0]
            if len(self.best.goals) <= int(self.bounded) and tie.any():
                good[tie] &= _no_later(states.keys[tie], key)
        return states if good.all() else states.take(good)

    def narrow(self, states: States, width: int) -> States:
        """The most promising states, in their old order."""
        if not self.bounded:
            return states.take(np.arange(width))
        chosen = np.argpartition(self.score(states), width - 1)[:width]
        return states.take(np.sort(chosen))

    def settle(self, states: States) -> None:
        """Compare complete states with the incumbent."""
        columns = [states.amounts[:, c] for c in self.best.goals]
        columns += [states.keys[:, w] for w in range(states.keys.shape[1])]
        first = int(np.lexsort(columns[::-1])[0])
        cost = tuple(int(states.amounts[first, c]) for c in self.best.goals)
        key = states.keys[first]
        held = self.best.incumbent
        if held.cost is None or held.key is None or (cost, *key) < (held.cost, *held.key):
            self.best.incumbent = Incumbent(cost, key)


def _suffix(rows: Sequence[Array] | Array) -> Array:
    """Sums over the blocks from each place on; one more row of zeros at the end."""
    total = np.zeros((len(rows) + 1, len(rows[0])), np.int64)
    total[:-1] = np.cumsum(np.array(rows)[::-1], axis=0)[::-1]
    return total


def _no_later(keys: Array, key: Array) -> Array:
    """Whether each row of key words comes before or equals `key`."""
    result = np.ones(len(keys), bool)
    for word in range(keys.shape[1] - 1, -1, -1):
        same = keys[:, word] == key[word]
        result = (keys[:, word] < key[word]) | (same & result)
    return np.asarray(result)
