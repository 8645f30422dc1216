"""The steps of one number's arithmetic as plain data: what goes in, and what is added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TOLERANCE = 1e-5
MOST_TERMS = 8  # told one by one; the others are told by their sum


@dataclass(frozen=True)
class Window:
    """One channel of a window beside what it is multiplied with.

    Attributes
    ----------
    name : str
        `channel 3`.
    numbers : tuple of tuple of float or None
        Rows of the window; None lies outside the image.
    weights : tuple of tuple of float
        As many; empty where nothing is multiplied.
    total : float
        What the channel adds.
    winner : (int, int) or None
        The element that is taken, of a maximum.
    """

    name: str
    numbers: tuple[tuple[float | None, ...], ...]
    weights: tuple[tuple[float, ...], ...]
    total: float
    winner: tuple[int, int] | None = None


@dataclass(frozen=True)
class Term:
    """A product or a summand: `x` alone, or `weight × x`."""

    name: str
    x: float
    weight: float | None
    total: float


@dataclass(frozen=True)
class Step:
    """One step of the arithmetic, checked against the tensor that ran.

    Attributes
    ----------
    name, formula : str
        `batch norm`, and what is done in words and signs.
    windows, terms : tuple
        The largest summands; `rest` is the number of the others and `rest_total` their sum.
    numbers : tuple of (str, float)
        What else the formula reads, by name.
    value : float
        Worked out in double precision.
    running : float
        The number of the tensor.
    reach : float
        The largest sum of absolute values on the way: rounding grows with it.
    tolerance : float
        Of the difference, as a share of the reach; larger in half precision.
    """

    name: str
    formula: str
    value: float
    running: float
    windows: tuple[Window, ...] = ()
    terms: tuple[Term, ...] = ()
    rest: int = 0
    rest_total: float = 0.0
    numbers: tuple[tuple[str, float], ...] = ()
    reach: float = 1.0
    tolerance: float = TOLERANCE

    @property
    def equal(self) -> bool:
        """Whether both are the same, but for rounding in the precision of the network."""
        if self.value == self.running:
            return True
        return abs(self.value - self.running) <= self.tolerance * max(1.0, self.reach)


def largest(terms: Sequence[Term]) -> tuple[tuple[Term, ...], int, float]:
    """The largest terms, the number of the others and their sum."""
    order = sorted(terms, key=lambda t: -abs(t.total))
    kept, rest = order[:MOST_TERMS], order[MOST_TERMS:]
    return tuple(kept), len(rest), sum(t.total for t in rest)
