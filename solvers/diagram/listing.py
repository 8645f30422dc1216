"""Lists the combinations of values of each leaf that satisfy its limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..control import Control, Stopped
from ..vectorised import Column, Columns
from .linear import Factors, Linear
from .model import Combine, Limit, Model
from .parts import Cut, Leaf, Part

Array = NDArray[np.int64]

CHUNK = 1 << 16  # rows that are evaluated at a time
MOST_ROWS = 4_000_000
OPERATION = {
    Combine.SUM: np.add,
    Combine.MAXIMUM: np.maximum,
    Combine.MINIMUM: np.minimum,
}
NEUTRAL = {Combine.SUM: 0, Combine.MAXIMUM: -(2**62), Combine.MINIMUM: 2**62}
GROW = 1 << 18  # raw size from which variables are added one by one, with filtering in between


class TooManyStates(Stopped):
    """The engine would need more memory than it allows itself."""


@dataclass(frozen=True)
class Listing:
    """The rows of a leaf, grouped by the values of its outer variables.

    Attributes
    ----------
    leaf : Leaf
    radix : tuple of int
        Domain sizes of the outer variables; a context is a mixed-radix number over them.
    starts : array
        Rows of context `c` are `starts[c]:starts[c + 1]`.
    digits : array [rows, variables]
        Places of the values in their domains.
    amounts : array [rows, quantities]
        Contributions to each quantity.
    """

    leaf: Leaf
    radix: tuple[int, ...]
    starts: Array
    digits: Array
    amounts: Array

    def rows(self, places: Mapping[int, int]) -> slice:
        """The rows for given places of the outer variables in their domains."""
        context = 0
        for variable, size in zip(self.leaf.outer, self.radix, strict=True):
            context = context * size + places[variable]
        return slice(int(self.starts[context]), int(self.starts[context + 1]))


class Lister:
    """Lists leaves of one model."""

    def __init__(self, model: Model, control: Control) -> None:
        self.model = model
        self.control = control
        self.columns = Columns(model.scopes.problem)
        self.domains = model.scopes.domains
        # variables outside a leaf have one value, or sit in branches that are switched off
        self.other = {i: np.int64(d[0]) for i, d in enumerate(model.scopes.domains)}

    def listing(self, leaf: Leaf) -> Listing:
        """The rows of a leaf.

        Raises
        ------
        TooManyStates
            If there are too many.
        Stopped
            If the question is stopped.
        """
        variables = leaf.outer + leaf.variables
        sizes = [len(self.domains[i]) for i in variables]
        digits = np.zeros((1, 0), np.int64)
        waiting = list(leaf.limits)
        stages = [len(variables)]
        if prod(sizes) > GROW:
            stages = list(range(1, len(variables) + 1))
        width = 0
        for stage in stages:
            digits = _extend(digits, sizes[width:stage])
            width = stage
            ready = [limit for limit in waiting if self._covered(limit, variables[:stage])]
            waiting = [limit for limit in waiting if limit not in ready]
            if ready:
                digits = self._filter(digits, variables[:stage], ready)
        n = len(leaf.outer)
        context = np.zeros(len(digits), np.int64)
        for place, size in enumerate(sizes[:n]):  # the rows are sorted by context already
            context = context * size + digits[:, place]
        starts = np.searchsorted(context, np.arange(prod(sizes[:n]) + 1))
        amounts = self._amounts(leaf, digits, variables)
        return Listing(leaf, tuple(sizes[:n]), starts, digits[:, n:], amounts)

    def _covered(self, limit: Limit, variables: Sequence[int]) -> bool:
        mask = 0
        for factors, _ in limit.terms:
            mask |= self.model.scopes.of(factors)
        return not mask & ~sum(1 << i for i in variables)

    def _filter(self, digits: Array, variables: Sequence[int], limits: Sequence[Limit]) -> Array:
        sums = [Linear(0, dict(limit.terms)) for limit in limits]
        kept = []
        for start in range(0, len(digits), CHUNK):
            if self.control.stopped:
                raise Stopped("stopped while listing the combinations of a block")
            chunk = digits[start : start + CHUNK]
            good: Any = np.ones(len(chunk), bool)
            for limit, value in zip(limits, self._evaluate(sums, chunk, variables), strict=True):
                if limit.lo is not None:
                    good = good & (value >= limit.lo)
                if limit.hi is not None:
                    good = good & (value <= limit.hi)
            kept.append(chunk[good])
        return np.concatenate(kept) if kept else digits

    def _amounts(self, leaf: Leaf, digits: Array, variables: Sequence[int]) -> Array:
        quantities = self.model.quantities
        amounts = np.empty((len(digits), len(quantities)), np.int64)
        amounts[:] = [NEUTRAL[q.combine] for q in quantities]
        for start in range(0, len(digits), CHUNK):
            if self.control.stopped:
                raise Stopped("stopped while listing the combinations of a block")
            chunk = slice(start, start + CHUNK)
            values = self._evaluate([item for _, item in leaf.items], digits[chunk], variables)
            for (number, _), value in zip(leaf.items, values, strict=True):
                target = amounts[chunk, number]
                OPERATION[quantities[number].combine](target, value, out=target)
        return amounts

    def _evaluate(
        self, sums: Sequence[Linear], digits: Array, variables: Sequence[int]
    ) -> list[Column]:
        columns: dict[int, Column] = dict(self.other)
        for place, index in enumerate(variables):
            columns[index] = np.array(self.domains[index], np.int64)[digits[:, place]]
        nodes = {f if f >= 0 else ~f for s in sums for factors in s.terms for f in factors}
        known = self.columns.evaluate(nodes, columns)

        def term(factors: Factors) -> Column:
            value: Column = None
            for factor in factors:
                column = known[factor] if factor >= 0 else 1 - known[~factor]
                value = column if value is None else value * column
            return value

        results = []
        for linear in sums:
            total: Column = np.int64(linear.constant)
            for factors, coefficient in linear.terms.items():
                total = total + coefficient * term(factors)
            results.append(total)
        return results


def _extend(digits: Array, sizes: Sequence[int]) -> Array:
    """Every row with every combination of further digits, in lexicographic order."""
    n = len(digits)
    total = prod(sizes)
    if n * total > MOST_ROWS:
        raise TooManyStates(f"{n * total:,} combinations to try in one block")
    grid = np.indices(tuple(sizes)).reshape(len(sizes), total).T if sizes else np.zeros((1, 0))
    result = np.empty((n * total, digits.shape[1] + len(sizes)), np.int64)
    result[:, : digits.shape[1]] = np.repeat(digits, total, axis=0)
    result[:, digits.shape[1] :] = np.tile(grid, (n, 1))
    return result


@dataclass(frozen=True)
class Listed:
    """All parts with their rows.

    Sums are shifted and divided so that every contribution is a small number of at least 0: the
    value of quantity `q` is base[q] + step[q] * (sum of the amounts).
    """

    model: Model
    parts: tuple[Part, ...]
    listings: Mapping[int, Listing]
    base: tuple[int, ...]
    step: tuple[int, ...]

    def of(self, leaf: Leaf) -> Listing:
        """The rows of a leaf."""
        return self.listings[id(leaf)]


def leaves(parts: Sequence[Part]) -> list[Leaf]:
    """The leaves below some parts."""
    found: list[Leaf] = []
    for part in parts:
        found += leaves(part.children) if isinstance(part, Cut) else [part]
    return found


def list_all(model: Model, parts: tuple[Part, ...], control: Control) -> Listed:
    """The rows of all leaves, as small numbers."""
    lister = Lister(model, control)
    listings = [lister.listing(leaf) for leaf in leaves(parts)]
    base, step = [0] * len(model.quantities), [1] * len(model.quantities)
    for q, quantity in enumerate(model.quantities):
        if quantity.combine is not Combine.SUM:
            continue
        columns = [x.amounts[:, q] for x in listings if len(x.amounts)]
        lows = [column.min() for column in columns]
        for column, low in zip(columns, lows, strict=True):
            column -= low
        step[q] = int(np.gcd.reduce([np.gcd.reduce(c) for c in columns])) if columns else 1
        step[q] = step[q] or 1
        base[q] = sum(int(low) for low in lows)
        if step[q] > 1:
            for column in columns:
                column //= step[q]
    by_leaf = {id(x.leaf): x for x in listings}
    return Listed(model, parts, by_leaf, tuple(base), tuple(step))
