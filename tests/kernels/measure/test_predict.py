"""Errors of sums, rank correlation, and the fit."""

from __future__ import annotations

import math

import pytest

from archwright.kernels.measure.predict import LEAST, errors, fit, lines, rank
from archwright.kernels.measure.table import Whole


def whole(time: float, layers: float, leaves: int, held_out: bool = False) -> Whole:
    return Whole(time, time, time, layers, leaves, held_out)


def test_rank_correlation() -> None:
    assert rank([1, 2, 3, 4], [10, 20, 30, 40]) == pytest.approx(1)
    assert rank([1, 2, 3, 4], [4, 3, 2, 1]) == pytest.approx(-1)
    assert rank([1, 2, 3], [1, 1, 2]) == pytest.approx(math.sqrt(3) / 2)  # ties share a rank
    assert math.isnan(rank([1, 2], [1, 2])) and math.isnan(rank([1, 2, 3], [5, 5, 5]))


def test_a_fit_finds_constants() -> None:
    networks = [whole(100.0 * n + 30 + 2 * n, 100.0 * n, n) for n in range(1, LEAST + 1)]
    found = fit(networks)
    assert found is not None
    assert (found.constant, found.each) == (pytest.approx(30), pytest.approx(2))
    told = errors(networks, found)
    assert told is not None and told.worst < 1e-9 and told.rank == pytest.approx(1)


def test_few_or_equal_networks_are_not_fitted() -> None:
    assert fit([whole(10, 9, n) for n in range(LEAST - 1)]) is None
    assert fit([whole(10, 9, 5)] * LEAST) is None


def test_errors_are_shares_of_the_measured_times() -> None:
    told = errors([whole(100, 90, 1), whole(100, 99, 2), whole(200, 230, 3)])
    assert told is not None
    assert (told.median, told.worst) == (pytest.approx(0.1), pytest.approx(0.15))
    assert errors([]) is None


def test_in_sample_and_held_out_are_told_apart() -> None:
    inside = [whole(1000.0 + n, 1000.0, n) for n in range(3)]
    told = lines([*inside, whole(2000, 1800, 1, held_out=True)])
    assert told[0] == "in-sample, 3 networks of 1.00 .. 1.00 ms"
    assert told[2:] == [
        "held-out, 1 network of 2.00 .. 2.00 ms",
        "  sum of layers            off by 10.0% in the median, 10.0% at worst",
    ]
