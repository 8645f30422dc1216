"""States of the dynamic programs for optima and fronts, and which of them can be dropped.

A state is a choice for some blocks: what it adds to each dimension, and a key that tells its
assignment. Keys hold the place of each variable's value in its domain, the first variable in the
highest bits, so they add up like any other contribution and compare like the assignments do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..control import Control, Pace, Stopped
from ..problem import Values
from .listing import NEUTRAL, OPERATION, Array, Listed, TooManyStates
from .model import Combine
from .parts import Cut, Part

MOST_STATES = 3_000_000
BATCH = 1 << 18  # candidates that are made at a time
SLICE = 4_000  # candidates of the first compiled slice
BLOCK = 1 << 16  # rows that are moved between two looks at the control
WORD = 62


class Keys:
    """Where the place of each variable in use sits in the key words."""

    def __init__(self, domains: Sequence[Values], used: Collection[int]) -> None:
        self.domains = domains
        self.at: dict[int, tuple[int, int]] = {}
        word, full = 0, 0
        for index, domain in enumerate(domains):
            bits = (len(domain) - 1).bit_length()
            if not bits or index not in used:
                continue
            if full + bits > WORD:
                word, full = word + 1, 0
            full += bits
            self.at[index] = (word, WORD - full)
        self.words = word + 1

    def pack(self, variables: Sequence[int], digits: Array) -> Array:
        """The keys of rows of places."""
        keys = np.zeros((len(digits), self.words), np.int64)
        for column, index in enumerate(variables):
            word, shift = self.at[index]
            keys[:, word] += digits[:, column] << shift
        return keys

    def values(self, key: Array) -> tuple[int, ...]:
        """The assignment of a key; variables not in use have their first value."""
        result = []
        for index, domain in enumerate(self.domains):
            place = 0
            if index in self.at:
                word, shift = self.at[index]
                place = int(key[word]) >> shift & ((1 << (len(domain) - 1).bit_length()) - 1)
            result.append(int(domain[place]))
        return tuple(result)


@dataclass(frozen=True)
class Dimension:
    """sign * quantity, of which less is better or needed.

    `limit` is the most that it may come to, None if it has no limit.
    """

    quantity: int
    sign: int
    combine: Combine
    limit: int | None


@dataclass(frozen=True)
class States:
    """Rows of dimensions and keys."""

    amounts: Array
    keys: Array

    def __len__(self) -> int:
        return len(self.amounts)

    def take(self, rows: NDArray[np.bool_] | Array) -> States:
        """Some of the rows."""
        return States(self.amounts[rows], self.keys[rows])


def concatenate(many: Sequence[States]) -> States:
    """All rows of several."""
    if len(many) == 1:
        return many[0]
    amounts = np.concatenate([s.amounts for s in many])
    return States(amounts, np.concatenate([s.keys for s in many]))


@dataclass
class Rule:
    """Which states can be dropped.

    State B goes if some A that stays comes before it, or is the same, in the dimensions `lead`
    and then the key, and is not larger in any dimension of `rest`. All of `lead` are sums, so
    whatever completes both keeps that order; the rest guarantees that what completes B fits A.

    `reach` bounds the work: with three or more dimensions in `rest` only so many others are
    compared with each state, and some stay that could go.
    """

    dimensions: Sequence[Dimension]
    lead: Sequence[int]
    rest: Sequence[int]
    control: Control
    reach: int = 2**31
    visited: int = field(default=0)

    def survivors(self, states: States) -> States:
        """The states that stay, in the order of `lead` and key."""
        self.visited += len(states)
        if len(states) <= 1:
            return states
        order = self.order(states)
        kept = self.sweep(self.gathered(states.amounts, order)[:, self.rest])
        rows = order[kept]
        return States(self.gathered(states.amounts, rows), self.gathered(states.keys, rows))

    def gathered(self, table: Array, rows: Array) -> Array:
        """Some rows of a table, with looks at the control."""
        if len(rows) <= BLOCK:
            return table[rows]
        result = np.empty((len(rows), table.shape[1]), np.int64)
        for start in range(0, len(rows), BLOCK):
            self.check()
            result[start : start + BLOCK] = table[rows[start : start + BLOCK]]
        return result

    def order(self, states: States) -> Array:
        """Row numbers sorted by `lead` and key."""
        columns = [states.amounts[:, c] for c in self.lead]
        columns += [states.keys[:, w] for w in range(states.keys.shape[1])]
        self.check()
        order = np.argsort(columns[0], kind="stable")
        self.check()
        sorted_ = columns[0][order]
        same = sorted_[1:] == sorted_[:-1]
        if same.any() and len(columns) > 1:  # only rows with equals need the other columns
            tied = np.zeros(len(order), bool)
            tied[1:] |= same
            tied[:-1] |= same
            rows = order[tied]
            order[tied] = rows[np.lexsort([column[rows] for column in reversed(columns)])]
        return order

    def sweep(self, rest: Array) -> NDArray[np.bool_]:
        """Which rows no earlier row equals or beats in all columns."""
        n, columns = rest.shape
        kept = np.zeros(n, bool)
        if columns == 0:
            kept[0] = True
            return kept
        if columns == 1:
            least = np.minimum.accumulate(rest[:, 0])
            kept[0] = True
            kept[1:] = rest[1:, 0] < least[:-1]
            return kept
        from ..compiled import announce
        from .sweep import sweep_many, sweep_two

        announce(self.control, sweep_two if columns == 2 else sweep_many)
        rest = np.ascontiguousarray(rest)
        size = 0
        archive = np.empty((n, columns), np.int64)
        xs, ys = np.empty(n + 1, np.int64), np.empty(n + 1, np.int64)
        pace = Pace(SLICE)
        last = 0
        while last < n:
            self.check()
            first, last = last, min(n, last + pace.work)
            with pace:
                if columns == 2:
                    size = sweep_two(rest, first, last, xs, ys, size, kept)
                else:
                    size = sweep_many(rest, first, last, archive, size, self.reach, kept)
        return kept

    def join(self, a: States, b: States) -> States:
        """Every row of one with every row of the other, without the limits looked at."""
        n, m = len(a), len(b)
        amounts = np.empty((n, m, len(self.dimensions)), np.int64)
        for c, dimension in enumerate(self.dimensions):
            OPERATION[dimension.combine](
                a.amounts[:, None, c], b.amounts[None, :, c], out=amounts[:, :, c]
            )
        self.check()
        keys = a.keys[:, None, :] + b.keys[None, :, :]
        width = len(self.dimensions)
        return States(amounts.reshape(n * m, width), keys.reshape(n * m, keys.shape[2]))

    def joined(self, a: States, b: States) -> States:
        """The survivors among all pairs."""
        if not len(a) or not len(b):
            return self.join(a, b)
        width = max(1, BATCH // len(a))
        result: States | None = None
        for start in range(0, len(b), width):
            self.check()
            pairs = self.survivors(
                self.join(a, b.take(np.arange(start, min(len(b), start + width))))
            )
            result = pairs if result is None else self.survivors(concatenate([result, pairs]))
            if len(result) > MOST_STATES:
                raise TooManyStates(f"more than {MOST_STATES:,} states")
        assert result is not None
        return result

    def check(self) -> None:
        """Raise Stopped if the question is to end."""
        if self.control.stopped:
            raise Stopped("stopped while combining blocks")


class Folder:
    """The surviving states of parts, for given places of their outer variables."""

    def __init__(self, listed: Listed, rule: Rule, keys: Keys) -> None:
        self.listed = listed
        self.rule = rule
        self.keys = keys
        self.domains = listed.model.scopes.domains
        self._known: dict[tuple[int, ...], States] = {}

    def fold(self, part: Part, places: Mapping[int, int]) -> States:
        """The survivors among all choices for a part."""
        name = (id(part), *(places[v] for v in part.outer))
        if name not in self._known:
            self.rule.check()
            self._known[name] = self.rule.survivors(self._all(part, places))
        return self._known[name]

    def _all(self, part: Part, places: Mapping[int, int]) -> States:
        if not isinstance(part, Cut):
            listing = self.listed.of(part)
            rows = listing.rows(places)
            amounts = np.empty((rows.stop - rows.start, len(self.rule.dimensions)), np.int64)
            for c, dimension in enumerate(self.rule.dimensions):
                np.multiply(
                    listing.amounts[rows, dimension.quantity], dimension.sign, out=amounts[:, c]
                )
            return States(amounts, self.keys.pack(part.variables, listing.digits[rows]))
        branches = []
        for place in range(len(self.domains[part.variable])):
            inner = {**places, part.variable: place}
            states = self.start({part.variable: place})
            for child in part.children:
                states = self.rule.joined(states, self.fold(child, inner))
            branches.append(states)
        return concatenate(branches)

    def start(self, places: Mapping[int, int]) -> States:
        """The one state that fixes some variables and nothing else."""
        neutral = [NEUTRAL[d.combine] for d in self.rule.dimensions]
        digits = np.array([list(places.values())], np.int64)
        return States(np.array([neutral], np.int64), self.keys.pack(list(places), digits))

    def blocks(self, places: Mapping[int, int], parts: Sequence[Part]) -> list[States] | None:
        """The states of each part of a branch, and first the start; None if one has none."""
        folded = [self.fold(part, places) for part in parts]
        if not all(len(states) for states in folded):
            return None
        return [self.start(places), *folded]
