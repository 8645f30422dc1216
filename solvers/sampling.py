"""Exactly uniform samples: number the solutions, draw numbers, look the solutions up.

Every part of a space is listed, or counted with its components remembered, or counted half by half;
each gives the solution of a number without listing the product of the parts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .components import Split
from .instance import Instance
from .problem import Values


class EmptySpace(ValueError):
    """A sample was asked for, and there is no solution to draw."""


class Numbered(Protocol):
    """Solutions that have numbers."""

    def count(self) -> int:
        """How many there are."""

    def solution(self, number: int) -> tuple[int, ...]:
        """The solution with this number, from 0."""


class Listed:
    """Numbered solutions in an array."""

    def __init__(self, rows: NDArray[np.int64]) -> None:
        self.rows = rows

    def count(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def solution(self, number: int) -> tuple[int, ...]:
        """One row."""
        return tuple(self.rows[number].tolist())


class Halving:
    """Solutions in lexicographic order, found by counting halves of the space.

    For spaces that an engine counts fast and nobody lists. A solution takes as many counts as the
    domains have bits; counts are remembered, so further solutions take fewer.
    """

    def __init__(self, instance: Instance, count: Callable[[Instance], int]) -> None:
        self.instance = instance
        self._count = count
        self._known: dict[tuple[Values, ...], int] = {}

    def count(self) -> int:
        """How many solutions there are."""
        return self._of(self.instance.domains)

    def solution(self, number: int) -> tuple[int, ...]:
        """The solution with this number."""
        domains = list(self.instance.domains)
        for index in range(len(domains)):
            while len(domains[index]) > 1:
                half = len(domains[index]) // 2
                first, second = domains[index][:half], domains[index][half:]
                domains[index] = first
                ways = self._of(tuple(domains))
                if number >= ways:
                    number -= ways
                    domains[index] = second
        return tuple(domain[0] for domain in domains)

    def _of(self, domains: tuple[Values, ...]) -> int:
        if domains not in self._known:
            self._known[domains] = self._count(replace(self.instance, domains=domains))
        return self._known[domains]


def draw(parted: Split, parts: list[Numbered], n: int, seed: int | None) -> list[tuple[int, ...]]:
    """`n` independent uniform draws, with replacement; the same for the same seed.

    Raises
    ------
    EmptySpace
        If there is no solution.
    """
    if not all(part.count() for part in parts):
        raise EmptySpace("no sample: nothing satisfies the constraints")
    random = Random(seed)
    result = []
    for _ in range(n):
        values = [domain[0] for domain in parted.whole.domains]
        for index in parted.free:
            domain = parted.whole.domains[index]
            values[index] = domain[random.randrange(len(domain))]
        for part, numbered in zip(parted.parts, parts, strict=True):
            found = numbered.solution(random.randrange(numbered.count()))
            for index, value in zip(part.variables, found, strict=True):
                values[index] = value
        result.append(tuple(values))
    return result
