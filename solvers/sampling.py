"""Exactly uniform samples: number the solutions, draw numbers, look the solutions up.

Every part of a space is either listed, or counted with its components remembered; both give the
solution of a number without listing the product of the parts.
"""

from __future__ import annotations

from random import Random
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .components import Split


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
