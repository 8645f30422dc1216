"""Solutions by number, from the tallies of a count walked back: for draws from large spaces.

Each branch is counted in two halves, as in `count.py`. A number picks a branch, a pair of sums, and
then, from the last part of each half to the first, a row of the part: what the tally before it
holds of the sum that is left says how many solutions each row stands for. Backward sampling through
the tables of a forward pass is as old as the counting problem for knapsacks (Dyer, STOC 2003).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from ..control import Control
from ..problem import Values
from .branches import branches
from .count import BranchCount, Counter
from .listing import Array, Listed, TooManyStates
from .parts import Leaf, Part
from .residues import Residues, number
from .tally import Arithmetic, Tally

MOST_KEPT = 8_000_000  # codes in all tallies of a branch that stay for walking back


class Solutions:
    """The solutions of a listed model, in an order of their own.

    Parameters
    ----------
    listed : Listed
    domains : sequence of Values
        Of all variables; those in no part are free.
    used : set of int
        The others.
    control : Control

    Raises
    ------
    TooManyStates
        If the tallies would need too much memory.
    """

    def __init__(
        self, listed: Listed, domains: Sequence[Values], used: set[int], control: Control
    ) -> None:
        self._domains = domains
        self._free = [i for i in range(len(domains)) if i not in used]
        counter = Counter(listed, control)
        found = branches(listed.model.scopes, listed.parts)
        counts = (BranchCount(counter, places, parts) for places, parts in found)
        self._branches = [_Branch(c) for c in counts if c.known != 0]
        self._ends = list(accumulate(branch.count for branch in self._branches))

    def count(self) -> int:
        """How many there are."""
        total = self._ends[-1] if self._ends else 0
        for index in self._free:
            total *= len(self._domains[index])
        return total

    def solution(self, number: int) -> tuple[int, ...]:
        """The solution with this number, from 0."""
        places = dict.fromkeys(range(len(self._domains)), 0)
        for index in self._free:
            number, places[index] = divmod(number, len(self._domains[index]))
        for branch, end in zip(self._branches, self._ends, strict=True):
            if number < end:
                branch.choose(number - (end - branch.count), places)
                break
        return tuple(domain[places[i]] for i, domain in enumerate(self._domains))


class _Branch:
    """The solutions of one branch: pairs of sums, each with its choices on both sides."""

    def __init__(self, counted: BranchCount) -> None:
        self.counted = counted
        few = len(counted.columns) <= 1  # with more limits, one half has all parts
        cut = counted.middle([e.count for e in counted.extents]) if few else len(counted.parts)
        self.first = _Chain(counted, counted.parts[:cut], counted.places, range(cut))
        rest = range(cut, len(counted.parts))
        self.second = _Chain(counted, counted.parts[cut:], counted.places, rest)
        first, second = self.first.tally, self.second.tally
        self.starts = np.zeros(len(first.codes), np.int64)
        self.stops = np.full(len(first.codes), len(second.codes))
        if few and counted.columns:
            (low,), (high,) = counted.lows, counted.highs
            if low is not None:
                self.starts = np.searchsorted(second.codes, low - first.codes, side="left")
            if high is not None:
                self.stops = np.searchsorted(second.codes, high - first.codes, side="right")
            self.stops = np.maximum(self.starts, self.stops)
        sums = counted.sums
        self.below = _cumulated(sums, second.counts)
        pairs = _difference(sums, self.below[:, self.stops], self.below[:, self.starts])
        self.ends = _cumulated(sums, sums.reduced(first.counts * pairs))
        self.count = number(self.ends[:, -1], sums.moduli)

    def choose(self, place: int, places: dict[int, int]) -> None:
        """Write the places of a solution's values."""
        places.update(self.counted.places)
        over = self.counted.sums.moduli
        at, place = _locate(self.ends, place, over)
        start, stop = int(self.starts[at]), int(self.stops[at])
        window = _difference(
            self.counted.sums, self.below[:, start : stop + 1], self.below[:, start, None]
        )
        of_first, place = divmod(place, number(window[:, -1], over))
        beside, of_second = _locate(window, place, over)
        first, second = self.first.tally.codes, self.second.tally.codes
        self.first.choose(int(first[at]), of_first, places)
        self.second.choose(int(second[start + beside]), of_second, places)


class _Chain:
    """Some parts one after the other, with the tally before each and after the last.

    Parameters
    ----------
    counted : BranchCount
    parts : sequence of Part
    places : mapping
        Of the variables that are branched on above them.
    numbers : range or None
        Which parts of the branch they are, where all of these can still break limits.
    """

    def __init__(
        self,
        counted: BranchCount,
        parts: Sequence[Part],
        places: Mapping[int, int],
        numbers: range | None = None,
    ) -> None:
        self.counted, self.parts, self.places = counted, parts, places
        self.tallies = [counted.sums.unit()]
        kept = 1
        for i, part in enumerate(parts):
            tally = counted.spread(self.tallies[-1], part, places)
            if numbers is not None:
                tally = counted.within(tally, list(numbers[: i + 1]))
            kept += len(tally.codes)
            if kept > MOST_KEPT:
                raise TooManyStates(f"{kept:,} sums at once are too many to draw from")
            self.tallies.append(tally)
        self._inner: dict[tuple[int, ...], _Chain] = {}

    @property
    def tally(self) -> Tally:
        """Sums over all parts."""
        return self.tallies[-1]

    def choose(self, code: int, place: int, places: dict[int, int]) -> None:
        """Write the values of the choice with this sum and this number among those with it."""
        over = self.counted.sums.moduli
        for i in reversed(range(len(self.parts))):
            before = self.tallies[i]
            own = self.counted.fold(self.parts[i], self.places)
            at, known = _found(before, code - own.codes)
            counts = own.counts[:, known] * before.counts[:, at]
            ends = _cumulated(self.counted.sums, self.counted.sums.reduced(counts))
            row, place = _locate(ends, place, over)
            mine = int(own.codes[known][row])
            code -= mine
            earlier = number(before.counts[:, at[row]], over)
            here, place = divmod(place, earlier)
            self._choose_in(self.parts[i], mine, here, places)

    def _choose_in(self, part: Part, code: int, place: int, places: dict[int, int]) -> None:
        """The same within one part."""
        if isinstance(part, Leaf):
            listing = self.counted.counter.listed.of(part)
            rows = listing.rows(self.places)
            codes = listing.amounts[rows][:, self.counted.columns] @ np.array(
                self.counted.strides, np.int64
            )
            digits = listing.digits[rows][np.flatnonzero(codes == code)[place]]
            places.update(zip(part.variables, digits.tolist(), strict=True))
            return
        extent = self.counted.counter.extent
        for value in range(len(self.counted.counter.listed.model.scopes.domains[part.variable])):
            inner = {**self.places, part.variable: value}
            if any(extent(child, inner) is None for child in part.children):
                continue
            name = (id(part), value)
            if name not in self._inner:
                self._inner[name] = _Chain(self.counted, part.children, inner)
            chain = self._inner[name]
            at, known = _found(chain.tally, np.array([code]))
            ways = number(chain.tally.counts[:, at[0]], self.counted.sums.moduli) if known[0] else 0
            if place < ways:
                places[part.variable] = value
                chain.choose(code, place, places)
                return
            place -= ways
        raise IndexError("a part has fewer solutions than counted")


def _found(tally: Tally, codes: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Where the codes that a tally has are in it, and which of the codes these are."""
    at = np.searchsorted(tally.codes, codes)
    inside = at < len(tally.codes)
    known = inside.copy()
    known[inside] = tally.codes[at[inside]] == codes[inside]
    return at[known], known


def _cumulated(sums: Arithmetic, counts: Residues) -> Residues:
    """Sums of the first 0, 1, … counts; remainders below 2**31 leave room to add them up."""
    result = np.zeros((len(counts), counts.shape[1] + 1), np.uint64)
    np.cumsum(counts, axis=1, out=result[:, 1:])
    return sums.reduced(result)


def _difference(sums: Arithmetic, more: Residues, less: Residues) -> Residues:
    """Counts less other counts."""
    return sums.reduced(more + (sums.primes - less))  # 0 - less is 2**64 - less, which wraps


def _locate(ends: Residues, place: int, over: Sequence[int]) -> tuple[int, int]:
    """Which of several runs, given by where they end, holds a number, and its number in there."""
    low, high = 0, ends.shape[1] - 1
    while high - low > 1:
        middle = (low + high) // 2
        if number(ends[:, middle], over) <= place:
            low = middle
        else:
            high = middle
    return low, place - number(ends[:, low], over)
