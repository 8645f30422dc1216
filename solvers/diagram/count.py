"""Exact counts: the distribution of the budgets' sums in two halves, then matching pairs.

Meeting in the middle (Horowitz and Sahni 1974) keeps the lists at the square root of what a pass
over all blocks would meet; equal sums merge on the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from ..control import Control, Pace
from .branches import branches
from .listing import Array, Listed, TooManyStates
from .model import Combine
from .parts import Cut, Leaf, Part
from .residues import Residues, moduli, number
from .tally import Arithmetic, Tally

Places = Mapping[int, int]

FOLD_FROM = 512  # a branching whose leaves have more rows than this becomes one tally first
SLICE = 20_000  # rows of the first compiled slice
DENSE_RANKS = 1 << 21


@dataclass(frozen=True)
class _Extent:
    """How many choices a part has, and between what its sums lie."""

    count: int
    least: Array
    most: Array
    work: int


class Counter:
    """Counts the assignments of a listed model."""

    def __init__(self, listed: Listed, control: Control) -> None:
        self.listed = listed
        self.control = control
        self.states = 0
        quantities = listed.model.quantities
        self.budgets = [q for q, quantity in enumerate(quantities) if quantity.limited]
        self.lows: list[int | None] = []
        self.highs: list[int | None] = []
        for q in self.budgets:
            quantity, base, step = quantities[q], listed.base[q], listed.step[q]
            assert quantity.combine is Combine.SUM
            self.lows.append(None if quantity.lo is None else -(-(quantity.lo - base) // step))
            self.highs.append(None if quantity.hi is None else (quantity.hi - base) // step)
        self._extents: dict[tuple[int, ...], _Extent | None] = {}

    def count(self) -> int:
        """The number of assignments, free variables left out.

        Raises
        ------
        TooManyStates
            If that needs too much memory.
        Stopped
            If the question is stopped; `partial` is the count of the branches done.
        """
        total = 0
        for places, parts in branches(self.listed.model.scopes, self.listed.parts):
            total += BranchCount(self, places, parts).count()
            self.control.report("counting", self.states)
        return total

    def extent(self, part: Part, places: Places) -> _Extent | None:
        """What is known of a part without listing its sums; None if it has no choice at all."""
        name = (id(part), *(places[v] for v in part.outer))
        if name not in self._extents:
            self._extents[name] = self._extent(part, places)
        return self._extents[name]

    def _extent(self, part: Part, places: Places) -> _Extent | None:
        if isinstance(part, Leaf):
            listing = self.listed.of(part)
            rows = listing.rows(places)
            amounts = listing.amounts[rows, :][:, self.budgets]
            n = len(amounts)
            return _Extent(n, amounts.min(axis=0), amounts.max(axis=0), n) if n else None
        found = []
        for place in range(len(self.listed.model.scopes.domains[part.variable])):
            inner = {**places, part.variable: place}
            children = [self.extent(child, inner) for child in part.children]
            known = [c for c in children if c is not None]
            if len(known) == len(children):
                found.append(_together(known, len(self.budgets)))
        if not found:
            return None
        return _Extent(
            sum(f.count for f in found),
            np.min([f.least for f in found], axis=0),
            np.max([f.most for f in found], axis=0),
            sum(f.work for f in found),
        )


def _together(extents: Sequence[_Extent], budgets: int) -> _Extent:
    """The extent of independent parts side by side."""
    zero = np.zeros(budgets, np.int64)
    return _Extent(
        prod(e.count for e in extents),
        sum((e.least for e in extents), zero),
        sum((e.most for e in extents), zero),
        sum(e.work for e in extents),
    )


class BranchCount:
    """Counts one branch, with the budgets that matter in it.

    Attributes
    ----------
    known : int or None
        The count, where no budget matters or some budget or part leaves nothing.
    columns, lows, highs : list
        The budgets that matter, as quantities with their limits.
    """

    def __init__(self, counter: Counter, places: Places, parts: Sequence[Part]) -> None:
        self.counter = counter
        self.places = places
        self.parts = parts
        self.known: int | None = 0
        self.columns: list[int] = []
        extents = [counter.extent(part, self.places) for part in self.parts]
        self.extents = [e for e in extents if e is not None]
        if len(self.extents) < len(extents):
            return
        whole = _together(self.extents, len(counter.budgets))
        open_ = []
        for b, (lo, hi) in enumerate(zip(counter.lows, counter.highs, strict=True)):
            least, most = int(whole.least[b]), int(whole.most[b])
            if (hi is not None and least > hi) or (lo is not None and most < lo):
                return
            if (hi is not None and most > hi) or (lo is not None and least < lo):
                open_.append(b)
        self.known = None if open_ else whole.count
        self.columns = [counter.budgets[b] for b in open_]
        self.sums = Arithmetic(moduli(whole.count), counter.control)
        self.radix = [int(whole.most[b]) + 1 for b in open_]
        if prod(self.radix) >= 2**62:
            raise TooManyStates("the sums of the budgets are too long to be packed together")
        self.strides = [prod(self.radix[i + 1 :]) for i in range(len(open_))]
        self.lows = [counter.lows[b] for b in open_]
        self.highs = [counter.highs[b] for b in open_]
        self.least = [e.least[open_] for e in self.extents]
        self.most = [e.most[open_] for e in self.extents]
        self._folded: dict[tuple[int, ...], Tally] = {}

    def count(self) -> int:
        """The number of assignments."""
        if self.known is not None:
            return self.known
        few = len(self.columns) <= 2
        cut = self.middle([e.count for e in self.extents]) if few else len(self.parts)
        first, second = self.half(range(cut)), self.half(range(cut, len(self.parts)))
        self.counter.states += len(first.codes) + len(second.codes)
        return self.match(first, second)

    def middle(self, counts: Sequence[int]) -> int:
        """Where to split the parts so that both halves have about as many choices."""
        digits = np.cumsum([0.0, *(float(c.bit_length()) for c in counts)])
        return int(np.abs(digits - digits[-1] / 2).argmin())

    def half(self, places: range) -> Tally:
        """The tally of some of the parts."""
        tally = self.sums.unit()
        done: list[int] = []
        for i in places:
            tally = self.spread(tally, self.parts[i], self.places)
            done.append(i)
            tally = self.within(tally, done)
        return tally

    def within(self, tally: Tally, done: Sequence[int]) -> Tally:
        """The tally without sums that the other parts cannot bring within the limits."""
        others = [i for i in range(len(self.parts)) if i not in done]
        rooms: list[tuple[int, int | None, int | None]] = []
        for c, (lo, hi) in enumerate(zip(self.lows, self.highs, strict=True)):
            room = need = None
            if hi is not None:
                room = hi - sum(int(self.least[i][c]) for i in others)
                room = room if sum(int(self.most[i][c]) for i in done) > room else None
            if lo is not None:
                need = lo - sum(int(self.most[i][c]) for i in others)
                need = need if sum(int(self.least[i][c]) for i in done) < need else None
            if room is not None or need is not None:
                rooms.append((c, need, room))
        if not rooms:
            return tally
        good = np.ones(len(tally.codes), bool)
        for block in self.sums.blocks(len(good)):
            for c, need, room in rooms:
                sums = self.sum_of(tally.codes[block], c)
                if room is not None:
                    good[block] &= sums <= room
                if need is not None:
                    good[block] &= sums >= need
        if good.all():
            return tally
        self.sums.check()
        codes = tally.codes[good]
        self.sums.check()
        return Tally(codes, tally.counts[:, good])

    def sum_of(self, codes: Array, column: int) -> Array:
        """One of the sums that the codes pack."""
        return codes // self.strides[column] % self.radix[column]

    def spread(self, tally: Tally, part: Part, places: Places) -> Tally:
        """The tally after one more part."""
        extent = self.counter.extent(part, places)
        if isinstance(part, Leaf) or extent is None or extent.work > FOLD_FROM:
            return self.sums.plus(tally, self.fold(part, places))
        return self.sums.merged(list(self.ways(tally, part, places)))

    def ways(self, tally: Tally, part: Cut, places: Places) -> list[Tally]:
        """The tally after each value of a branching variable."""
        results = []
        for place in range(len(self.counter.listed.model.scopes.domains[part.variable])):
            inner = {**places, part.variable: place}
            if any(self.counter.extent(child, inner) is None for child in part.children):
                continue
            result = tally
            for child in part.children:
                result = self.spread(result, child, inner)
            results.append(result)
        return results

    def fold(self, part: Part, places: Places) -> Tally:
        """The tally of one part alone."""
        name = (id(part), *(places[v] for v in part.outer))
        if name not in self._folded:
            if isinstance(part, Leaf):
                listing = self.counter.listed.of(part)
                amounts = listing.amounts[listing.rows(places)][:, self.columns]
                self._folded[name] = self.sums.plain(amounts @ np.array(self.strides, np.int64))
            else:
                self._folded[name] = self.sums.merged(self.ways(self.sums.unit(), part, places))
        return self._folded[name]

    def match(self, first: Tally, second: Tally) -> int:
        """How many pairs stay within all limits; by inclusion and exclusion of their corners."""
        if not len(first.codes) or not len(second.codes):
            return 0
        corners: list[tuple[int, list[int]]] = [(1, [])]
        for c, (lo, hi) in enumerate(zip(self.lows, self.highs, strict=True)):
            upper = self.radix[c] if hi is None else hi
            corners = [(sign, [*corner, upper]) for sign, corner in corners] + [
                (-sign, [*corner, lo - 1]) for sign, corner in corners if lo is not None
            ]
        if len(self.columns) > 2:  # `within` has looked at everything
            return number(self.total(first.counts), self.sums.moduli)
        total = sum(sign * self.below(first, second, corner) for sign, corner in corners)
        return int(total)

    def total(self, counts: Residues) -> Residues:
        """The sum of counts, one remainder for each modulus."""
        return self.sums.reduced(counts.sum(axis=1, dtype=np.uint64)[:, None])[:, 0]

    def below(self, first: Tally, second: Tally, corner: Sequence[int]) -> int:
        """How many pairs have all sums at most at a corner."""
        over = self.sums.moduli
        if len(corner) == 1:
            cumulated = np.zeros((len(over), len(second.codes) + 1), np.uint64)
            for block in self.sums.blocks(len(second.codes)):
                after = cumulated[:, block.start + 1 : block.stop + 1]
                np.cumsum(second.counts[:, block], axis=1, out=after)
                after += cumulated[:, block.start, None]
                self.sums.reduced(after)
            sums = np.zeros((len(over), 1), np.uint64)
            for block in self.sums.blocks(len(first.codes)):
                room = corner[0] - first.codes[block]
                places = np.searchsorted(second.codes, room, side="right")
                products = self.sums.reduced(first.counts[:, block] * cumulated[:, places])
                sums += self.total(products)[:, None]
                self.sums.reduced(sums)
            return number(sums[:, 0], over)
        from ..compiled import announce
        from .pairs import pair_up

        announce(self.sums.control, pair_up)
        check = self.sums.check
        asked = np.ascontiguousarray(corner[0] - self.sum_of(first.codes, 0)[::-1])
        check()
        given = self.sum_of(second.codes, 0)
        check()
        heights = self.sum_of(second.codes, 1)
        check()
        levels = corner[1] - self.sum_of(first.codes, 1)[::-1]
        check()
        if self.radix[1] <= DENSE_RANKS:
            ranks, size = heights, self.radix[1]
            asked_ranks = np.ascontiguousarray(np.clip(levels + 1, 0, size))
        else:
            distinct, ranks = np.unique(heights, return_inverse=True)
            size = len(distinct)
            asked_ranks = np.searchsorted(distinct, levels, side="right")
        check()
        counts = np.ascontiguousarray(first.counts[:, ::-1])
        given_counts = np.ascontiguousarray(second.counts)
        primes = np.array(over, np.uint64)
        tree = np.zeros((len(over), size + 1), np.uint64)
        total = np.zeros(len(over), np.uint64)
        done, pace = np.zeros(2, np.int64), Pace(SLICE)
        while done[0] < len(asked):
            check()
            with pace:
                pair_up(
                    asked,
                    asked_ranks,
                    counts,
                    given,
                    ranks,
                    given_counts,
                    primes,
                    tree,
                    done,
                    pace.work,
                    total,
                )
        return number(total, over)
