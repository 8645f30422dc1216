"""Counts as remainders: every number up to the largest is told from every other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archwright.solvers.diagram.residues import MOST, PRIMES, moduli, number, reduce


def held(n: int, most: int) -> int:
    """The number after it was written as remainders."""
    over = moduli(most)
    return number(np.array([n % (m or 2**64) for m in over], np.uint64), over)


def test_the_primes_are_prime() -> None:
    assert len(set(PRIMES)) == len(PRIMES)
    assert all(p < 2**31 and all(p % d for d in range(2, int(p**0.5) + 1)) for p in PRIMES)


@pytest.mark.parametrize("edge", [2**64, 2**64 * PRIMES[0], 2**64 * PRIMES[0] * PRIMES[1]])
def test_the_edges(edge: int) -> None:
    for most in (edge - 1, edge, edge + 1):
        for n in (0, 1, edge - 1, edge, most):
            if n <= most:
                assert held(n, most) == n


@given(st.integers(0, MOST - 1))
def test_any_number(n: int) -> None:
    assert held(n, n) == held(n, MOST - 1) == n


def test_no_number_is_held_that_is_too_large() -> None:
    with pytest.raises(OverflowError, match="680 bits"):
        moduli(MOST)


def test_columns_come_back_below_their_moduli() -> None:
    over = moduli(2**70)
    columns = np.full((3, len(over)), 2**63 + 5, np.uint64)
    low = reduce(columns.copy(), over)
    assert (low[:, 0] == 2**63 + 5).all() and (low[:, 1] == (2**63 + 5) % PRIMES[0]).all()
