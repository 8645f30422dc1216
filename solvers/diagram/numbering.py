"""Gives every assignment a number, so that any of them can be had without listing the others.

For each step it remembers how many ways the blocks after it reach each sum of the budget; a number
then leads through the blocks like a key through the counts of the subtrees it skips.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .branches import branches
from .count import BranchCount, Counter
from .listing import Array, TooManyStates
from .parts import Cut, Part
from .residues import Residues, number
from .tally import Tally

MOST_STEPS = 20_000
MOST_REMEMBERED = 40_000_000  # sums that are kept for all steps together


@dataclass(frozen=True, eq=False)
class _Step:
    """A part that is still to be chosen, and the steps after it."""

    part: Part
    places: Mapping[int, int]
    after: _Step | None


class Numbering:
    """The assignments of a listed model by number.

    Raises
    ------
    TooManyStates
        If more than one budget matters, or too many sums would have to be remembered.
    Stopped
        If the question is stopped.
    """

    def __init__(self, counter: Counter) -> None:
        self.branches: list[_Branch] = []
        self.remembered = 0
        for places, parts in branches(counter.listed.model.scopes, counter.listed.parts):
            branch = BranchCount(counter, places, parts)
            if branch.known != 0:
                self.branches.append(_Branch(self, branch))
        self.counts = [branch.count() for branch in self.branches]

    def count(self) -> int:
        """How many assignments there are."""
        return sum(self.counts)

    def places(self, chosen: int) -> dict[int, int]:
        """The places of the variables in their domains, in one assignment."""
        for branch, count in zip(self.branches, self.counts, strict=True):
            if chosen < count:
                return branch.places(chosen)
            chosen -= count
        raise IndexError("there are not so many assignments")


class _Branch:
    """One branch: the counts behind each of its steps."""

    def __init__(self, numbering: Numbering, branch: BranchCount) -> None:
        if len(branch.columns) > 1:
            raise TooManyStates("assignments have numbers only where one budget matters")
        self.numbering = numbering
        self.branch = branch
        self.sums = branch.sums
        self.listed = branch.counter.listed
        self._steps: dict[tuple[int, ...], _Step] = {}
        self._sums: dict[int, tuple[Array, Residues]] = {}
        self.first = self.step(branch.parts, branch.places, None)

    def count(self) -> int:
        """The number of assignments of the branch."""
        return self.ways(self.first, np.zeros(1, np.int64))[0]

    def step(
        self, parts: Sequence[Part], places: Mapping[int, int], after: _Step | None
    ) -> _Step | None:
        """The steps through some parts, and what comes after."""
        for part in reversed(parts):
            key = (id(part), id(after), *(places[v] for v in part.outer))
            if key not in self._steps:
                if len(self._steps) >= MOST_STEPS:
                    raise TooManyStates(f"more than {MOST_STEPS:,} steps to number")
                self._steps[key] = _Step(part, places, after)
            after = self._steps[key]
        return after

    def branching(self, step: _Step, cut: Cut) -> list[tuple[int, _Step | None]]:
        """What follows each value of the variable that a step branches on."""
        found = []
        for place in range(len(self.listed.model.scopes.domains[cut.variable])):
            inner = {**step.places, cut.variable: place}
            if all(self.branch.counter.extent(child, inner) for child in cut.children):
                found.append((place, self.step(cut.children, inner, step.after)))
        return found

    def cumulated(self, step: _Step | None) -> tuple[Array, Residues]:
        """The sums that the steps from here on can reach, and the counts up to each."""
        name = 0 if step is None else id(step)
        if name not in self._sums:
            tally = self.tally(step)
            self.numbering.remembered += len(tally.codes)
            if self.numbering.remembered > MOST_REMEMBERED:
                raise TooManyStates(f"more than {MOST_REMEMBERED:,} sums to remember")
            counts = np.zeros((len(self.sums.moduli), len(tally.codes) + 1), np.uint64)
            np.cumsum(tally.counts, axis=1, out=counts[:, 1:])
            self._sums[name] = (tally.codes, self.sums.reduced(counts))
        return self._sums[name]

    def tally(self, step: _Step | None) -> Tally:
        """How many ways the steps from here on reach each sum."""
        if step is None:
            return self.sums.unit()
        self.sums.check()
        if isinstance(step.part, Cut):
            ways = [self.restored(then) for _, then in self.branching(step, step.part)]
            return self.sums.merged(ways)
        tally = self.sums.plus(self.restored(step.after), self.branch.fold(step.part, step.places))
        limit = self.branch.highs[0] if self.branch.columns else None
        end = len(tally.codes) if limit is None else np.searchsorted(tally.codes, limit + 1)
        return Tally(tally.codes[:end], tally.counts[:, :end])

    def restored(self, step: _Step | None) -> Tally:
        """The tally whose cumulated counts are remembered."""
        codes, counts = self.cumulated(step)
        if self.sums.moduli == (0,):
            return Tally(codes, np.diff(counts))
        lower = self.sums.primes - counts[:, :-1]
        lower[0] = -counts[0, :-1]
        return Tally(codes, self.sums.reduced(counts[:, 1:] + lower))

    def ways(self, step: _Step | None, used: Array) -> list[int]:
        """How many assignments the steps from here on have, for each sum used before."""
        codes, counts = self.cumulated(step)
        hi = self.branch.highs[0] if self.branch.columns else None
        lo = self.branch.lows[0] if self.branch.columns else None
        end = np.full(len(used), len(codes)) if hi is None else _place(codes, hi - used + 1)
        start = np.zeros(len(used), np.int64) if lo is None else _place(codes, lo - used)
        upper = [number(column, self.sums.moduli) for column in counts[:, end].T]
        lower = [number(column, self.sums.moduli) for column in counts[:, start].T]
        return [max(0, a - b) for a, b in zip(upper, lower, strict=True)]

    def places(self, chosen: int) -> dict[int, int]:
        """The assignment with a number below the count of the branch."""
        result = dict(self.branch.places)
        step, used = self.first, 0
        while step is not None:
            part = step.part
            if isinstance(part, Cut):
                options = self.branching(step, part)
                ways = [self.ways(then, np.array([used]))[0] for _, then in options]
                i, chosen = _pick(ways, chosen)
                result[part.variable], step = options[i]
                continue
            listing = self.listed.of(part)
            rows = listing.rows(step.places)
            amounts = np.zeros(rows.stop - rows.start, np.int64)
            if self.branch.columns:
                amounts = listing.amounts[rows, self.branch.columns[0]]
            i, chosen = _pick(self.ways(step.after, used + amounts), chosen)
            result.update(zip(part.variables, listing.digits[rows][i].tolist(), strict=True))
            used += int(amounts[i])
            step = step.after
        return result


def _place(codes: Array, bound: Array) -> Array:
    """How many of the codes are below each bound."""
    return np.asarray(np.searchsorted(codes, bound, side="left"))


def _pick(ways: Sequence[int], chosen: int) -> tuple[int, int]:
    """Which option has the chosen assignment, and its number there."""
    for i, count in enumerate(ways):
        if chosen < count:
            return i, chosen
        chosen -= count
    raise IndexError("there are not so many assignments")
