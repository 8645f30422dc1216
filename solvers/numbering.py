"""Solutions by number, in lexicographic order, before any is listed.

A space that a loop nest walks is a diagram: the solution with a number is found on one path, by the
counts of what lies left of it. Otherwise the space is halved, variable by variable in order of
declaration; the parts of a space are counted apart, and a number is known once few enough solutions
are left to list them. Counts of spaces without structure take as long as they take.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from math import prod
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .components import Split
from .problem import Values

if TYPE_CHECKING:  # the compiler behind it is imported when it is needed
    from .nest.graph import Graph

BLOCK = 1 << 14  # so few solutions are listed to look one of them up
KEPT = 8  # lists that are remembered
Rows: TypeAlias = NDArray[np.int64]
Domains: TypeAlias = tuple[Values, ...]


class Numbered(Protocol):
    """Solutions in lexicographic order that have numbers."""

    def count(self) -> int:
        """How many there are."""

    def rows(self, start: int, stop: int) -> Rows:
        """Those with the numbers `start` to `stop - 1`, one row each."""


class Listed:
    """Solutions in an array."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def count(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def rows(self, start: int, stop: int) -> Rows:
        """Some of the rows."""
        return self._rows[start:stop]


class Paths:
    """The solutions of a diagram."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._nodes = graph.nodes.tolist()
        self._edges = graph.edges.tolist()
        counts = [1]
        for node in range(1, len(self._nodes) // 2):
            counts.append(sum(counts[b] for b in self._below(node)))
        self._counts = counts

    def _below(self, node: int) -> list[int]:
        first, last = self._nodes[2 * node : 2 * node + 2]
        below: list[int] = self._edges[first + 1 : last : 2]
        return below

    def count(self) -> int:
        """How many paths there are."""
        return self._graph.count()

    def rows(self, start: int, stop: int) -> Rows:
        """The solutions of some paths."""
        order, solved = self._graph.order, self._graph.solved
        columns = np.empty((len(order) + len(solved), max(0, stop - start)), np.int64)
        for place, number in enumerate(range(start, stop)):
            node = self._graph.root
            for variable in order:
                at = self._nodes[2 * node]
                for below in self._below(node):
                    if number < self._counts[below]:
                        break
                    number -= self._counts[below]
                    at += 2
                columns[variable, place] = self._edges[at]
                node = below
        self._graph.complete(columns)
        return columns.T


class Halves:
    """The solutions of a space in parts, found by counting halves of it.

    Parameters
    ----------
    parted : Split
    ways : sequence of callable
        For each part how many solutions it has within some domains of its variables.
    listed : callable
        All solutions of the whole within some domains, in lexicographic order.
    """

    def __init__(
        self,
        parted: Split,
        ways: Sequence[Callable[[Domains], int]],
        listed: Callable[[Domains], Rows],
    ) -> None:
        self._parted, self._ways, self._listed = parted, ways, listed
        self._home = {v: i for i, part in enumerate(parted.parts) for v in part.variables}
        self._known: list[dict[Domains, int]] = [{} for _ in parted.parts]
        self._blocks: OrderedDict[Domains, Rows] = OrderedDict()
        self._domains = tuple(parted.whole.domains)

    def count(self) -> int:
        """How many there are."""
        return self._total(self._domains, self._counts(self._domains))

    def rows(self, start: int, stop: int) -> Rows:
        """Those with some numbers."""
        found = [np.empty((0, len(self._domains)), np.int64)]
        while start < stop:
            domains, before = self._find(start)
            block = self._block(domains)
            piece = block[start - before : stop - before]
            found.append(piece)
            start += len(piece)
        return np.concatenate(found)

    def _find(self, number: int) -> tuple[Domains, int]:
        """Domains that hold the solution with a number and few others, and how many come before."""
        domains = list(self._domains)
        counts = self._counts(self._domains)
        total, before = self._total(self._domains, counts), 0
        if not 0 <= number < total:
            raise IndexError(f"there is no solution number {number}")
        for variable in range(len(domains)):
            while total > BLOCK and len(domains[variable]) > 1:
                half = len(domains[variable]) // 2
                whole = domains[variable]
                domains[variable] = whole[:half]
                part = self._home.get(variable)
                fewer = list(counts)
                if part is not None:
                    fewer[part] = self._count(part, tuple(domains))
                first = self._total(tuple(domains), fewer)
                if number < before + first:
                    counts, total = fewer, first
                    continue
                domains[variable] = whole[half:]
                before += first
                total -= first
                if part is not None:
                    counts[part] -= fewer[part]
        return tuple(domains), before

    def _counts(self, domains: Domains) -> list[int]:
        return [self._count(part, domains) for part in range(len(self._ways))]

    def _count(self, part: int, domains: Domains) -> int:
        own = tuple(domains[v] for v in self._parted.parts[part].variables)
        if own not in self._known[part]:
            self._known[part][own] = self._ways[part](own)
        return self._known[part][own]

    def _total(self, domains: Domains, counts: Sequence[int]) -> int:
        return prod(counts) * prod(len(domains[v]) for v in self._parted.free)

    def _block(self, domains: Domains) -> Rows:
        """The solutions within some domains; the last few lists are remembered."""
        if domains in self._blocks:
            self._blocks.move_to_end(domains)
        else:
            self._blocks[domains] = self._listed(domains)
            if len(self._blocks) > KEPT:
                self._blocks.popitem(last=False)
        return self._blocks[domains]


def among(rows: Rows, full: Domains) -> Callable[[Domains], int]:
    """Counts of a listed part."""

    def ways(domains: Domains) -> int:
        kept = np.ones(len(rows), bool)
        for column, domain, before in zip(rows.T, domains, full, strict=True):
            if len(domain) < len(before):  # prefixes and halves: consecutive values
                kept &= (column >= domain[0]) & (column <= domain[-1])
        return int(kept.sum())

    return ways
