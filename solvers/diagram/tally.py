"""How many choices lead to each combination of sums: dense for one small sum, else sorted codes.

A code packs several sums into one number, in mixed radix, so that adding codes adds the sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..control import Control, Pace, Stopped
from .listing import Array, TooManyStates
from .residues import Residues, reduce

MOST_CODES = 16_000_000
FEW = 20_000
COPIES = 16  # copies that are merged at a time
STEPS = 200_000  # sums that are put together between two looks at the control
FIRST = 20_000  # results of the first compiled slice
BLOCK = 1 << 17  # sums that one step of array arithmetic handles


@dataclass(frozen=True)
class Tally:
    """Sorted distinct codes and their counts [moduli, codes]."""

    codes: Array
    counts: Residues


class Arithmetic:
    """Adds and merges tallies under one set of moduli."""

    def __init__(self, moduli: Sequence[int], control: Control) -> None:
        self.moduli = moduli
        self.primes = np.array(moduli, np.uint64)[:, None]
        self.control = control

    def unit(self) -> Tally:
        """One choice that adds nothing."""
        return Tally(np.zeros(1, np.int64), np.ones((len(self.moduli), 1), np.uint64))

    def plain(self, codes: Array) -> Tally:
        """The tally of a list of codes."""
        found, times = np.unique(codes, return_counts=True)
        counts = np.empty((len(self.moduli), len(found)), np.uint64)
        counts[:] = times
        return Tally(found, self.reduced(counts))

    def reduced(self, counts: Residues) -> Residues:
        """Counts below their moduli."""
        if len(self.moduli) > 1:
            for block in self.blocks(counts.shape[1]):
                reduce(counts[:, block].T, self.moduli)
        return counts

    def blocks(self, size: int) -> Iterator[slice]:
        """Parts of a long list, with a look at the control before each but the first."""
        for start in range(0, size, BLOCK):
            if start:
                self.check()
            yield slice(start, min(size, start + BLOCK))

    def times(self, counts: Residues, factor: Residues) -> Residues:
        """Counts times one number per modulus."""
        if (factor == 1).all():
            return counts
        return self.reduced(counts * factor[:, None])

    def merged(self, tallies: Sequence[Tally]) -> Tally:
        """The union of tallies over disjoint choices."""
        if len(tallies) == 1:
            return tallies[0]
        total = sum(len(t.codes) for t in tallies)
        if total > MOST_CODES:
            raise TooManyStates(f"{total:,} sums at once are too many to count with")
        if total <= STEPS:
            return self._together(tallies)
        pieces = []
        longest = max((t.codes for t in tallies), key=len)
        ends = [np.searchsorted(t.codes, longest[:: STEPS // 2][1:]) for t in tallies]
        starts = [0] * len(tallies)
        for stops in [*zip(*(e.tolist() for e in ends), strict=True), None]:
            self.check()
            stops = stops or tuple(len(t.codes) for t in tallies)
            pieces.append(
                self._together(
                    [
                        Tally(t.codes[start:stop], t.counts[:, start:stop])
                        for t, start, stop in zip(tallies, starts, stops, strict=True)
                    ]
                )
            )
            starts = list(stops)
        codes = np.concatenate([piece.codes for piece in pieces])
        self.check()
        return Tally(codes, np.concatenate([piece.counts for piece in pieces], axis=1))

    def _together(self, tallies: Sequence[Tally]) -> Tally:
        """The union of short tallies."""
        codes = np.concatenate([t.codes for t in tallies])
        counts = np.concatenate([t.counts for t in tallies], axis=1)
        order = np.argsort(codes, kind="stable")  # merges the sorted runs
        codes = codes[order]
        first = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]]))
        if len(first) == len(codes):
            return Tally(codes, counts[:, order])
        sums = np.add.reduceat(counts[:, order], first, axis=1)
        return Tally(codes[first], self.reduced(sums))

    def plus(self, a: Tally, b: Tally) -> Tally:
        """Every choice of one with every choice of the other."""
        if len(a.codes) < len(b.codes):
            a, b = b, a
        if not len(b.codes):
            return b
        top = int(a.codes[-1] + b.codes[-1]) + 1
        work = len(a.codes) * len(b.codes)
        if top <= 4 * work and top * len(self.moduli) <= MOST_CODES:
            return self._dense(a, b, top)
        if work <= FEW:  # not worth compiled code
            runs = [
                Tally(a.codes + b.codes[i], self.times(a.counts, b.counts[:, i]))
                for i in range(len(b.codes))
            ]
            return self.merged(runs)
        result: Tally | None = None
        for start in range(0, len(b.codes), COPIES):
            shifts = Tally(b.codes[start : start + COPIES], b.counts[:, start : start + COPIES])
            some = self._merge(a, shifts)
            result = some if result is None else self.merged([result, some])
        assert result is not None
        return result

    def _merge(self, a: Tally, b: Tally) -> Tally:
        """A merge of shifted copies of a long list."""
        from ..compiled import announce
        from .merging import merge_shifted

        announce(self.control, merge_shifted)
        most = len(a.codes) * len(b.codes)
        if most > MOST_CODES:
            raise TooManyStates(f"{most:,} sums at once are too many to count with")
        codes = np.empty(most, np.int64)
        counts = np.empty((len(self.moduli), most), np.uint64)
        heads = np.zeros(len(b.codes), np.int64)
        primes = np.array(self.moduli, np.uint64)
        given, factors = np.ascontiguousarray(a.counts), np.ascontiguousarray(b.counts)
        size, pace = 0, Pace(FIRST)
        while (heads < len(a.codes)).any():
            self.check()
            steps = min(pace.work, most - size)
            with pace:
                size = merge_shifted(
                    a.codes, given, b.codes, factors, primes, heads, codes, counts, size, steps
                )
        self.check()
        return Tally(codes[:size].copy(), counts[:, :size].copy())

    def _dense(self, a: Tally, b: Tally, top: int) -> Tally:
        """Shifted additions in arrays that have a cell for every code."""
        size = int(a.codes[-1]) + 1
        cells = np.zeros((len(self.moduli), size), np.uint64)
        cells[:, a.codes] = a.counts
        result = np.zeros((len(self.moduli), top), np.uint64)
        for i, shift in enumerate(b.codes.tolist()):
            if not i % 8 or size > BLOCK // 8:
                self.check()
            for block in self.blocks(size):
                sums = result[:, shift + block.start : shift + block.stop]
                sums += self.times(cells[:, block], b.counts[:, i])
        self.check()
        codes = np.flatnonzero(result.any(axis=0))
        self.check()
        return Tally(codes, self.reduced(result[:, codes]))

    def check(self) -> None:
        """Raise Stopped if the question is to end."""
        if self.control.stopped:
            raise Stopped("stopped while counting")
