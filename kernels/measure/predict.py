"""Sums of layers beside whole networks: how far off they are, and what a fit makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .table import Whole

LEAST = 8  # networks below which two constants are not fitted


@dataclass(frozen=True)
class Fit:
    """What is added to the sum of the layers: `constant + each * leaves`, in microseconds."""

    constant: float
    each: float


@dataclass(frozen=True)
class Errors:
    """How far predictions are from what networks took.

    Attributes
    ----------
    networks : int
    median, worst : float
        Of the distances, as shares of the measured times.
    rank : float
        Spearman's correlation; not-a-number for fewer than three networks.
    """

    networks: int
    median: float
    worst: float
    rank: float

    def to_json(self) -> dict[str, float | int]:
        """The fields in `archwright measure --json`; no `rank` where there is none."""
        shown = {"median": self.median, "worst": self.worst, "networks": self.networks}
        return shown if self.rank != self.rank else shown | {"rank": self.rank}

    def __str__(self) -> str:
        rank = "" if self.rank != self.rank else f", rank correlation {self.rank:.2f}"
        return f"off by {self.median:.1%} in the median, {self.worst:.1%} at worst{rank}"


def fit(networks: Sequence[Whole]) -> Fit | None:
    """The constants that fit networks best; None where they are too few or too much alike."""
    leaves = np.array([n.leaves for n in networks], float)
    if len(networks) < LEAST or len(set(leaves.tolist())) < LEAST // 2:
        return None
    rest = np.array([n.time - n.layers for n in networks])
    basis = np.stack([np.ones_like(leaves), leaves], axis=1)
    constant, each = np.linalg.lstsq(basis, rest, rcond=None)[0].tolist()
    return Fit(constant, each)


def errors(networks: Sequence[Whole], correction: Fit | None = None) -> Errors | None:
    """How far the sums of layers, with a correction, are from the times; None of no network."""
    if not networks:
        return None
    plus = correction or Fit(0.0, 0.0)
    told = [n.layers + plus.constant + plus.each * n.leaves for n in networks]
    off = [abs(t / n.time - 1) for t, n in zip(told, networks, strict=True)]
    return Errors(len(networks), median(off), max(off), rank([n.time for n in networks], told))


def rank(left: ArrayLike, right: ArrayLike) -> float:
    """Spearman's rank correlation; not-a-number for fewer than three pairs or equal values."""
    a, b = _ranks(left), _ranks(right)
    if len(a) < 3 or not a.std() or not b.std():
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def _ranks(values: ArrayLike) -> NDArray[np.float64]:
    """Places in rising order; equal values share the mean of theirs."""
    found = np.asarray(values, np.float64)
    below = (found[:, None] > found[None, :]).sum(1)
    equal = (found[:, None] == found[None, :]).sum(1)
    return np.asarray(below + (equal - 1) / 2, np.float64)


def lines(networks: Sequence[Whole]) -> list[str]:
    """What is said of a measurement: in-sample and held-out apart, without and with the fit."""
    told = []
    inside = [n for n in networks if not n.held_out]
    outside = [n for n in networks if n.held_out]
    correction = fit(inside)
    for name, some in (("in-sample", inside), ("held-out", outside)):
        plain = errors(some)
        if plain is None or (len(some) == 1 and some is inside):
            continue  # the layers of a single network add up to it as a matter of course
        lo, hi = min(n.time for n in some) / 1e3, max(n.time for n in some) / 1e3
        counted = "1 network" if len(some) == 1 else f"{len(some)} networks"
        told.append(f"{name}, {counted} of {lo:.2f} .. {hi:.2f} ms")
        told.append(f"  sum of layers            {plain}")
        if correction is not None:
            told.append(f"  with {_formula(correction):<19} {errors(some, correction)}")
    return told


def _formula(correction: Fit) -> str:
    sign = "-" if correction.each < 0 else "+"
    return f"{correction.constant:.0f} {sign} {abs(correction.each):.1f} n us"
