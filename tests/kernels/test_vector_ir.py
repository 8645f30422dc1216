"""The arithmetic of the vector code, at every width that a processor may have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest

from archwright.kernels.arrays import aligned, round_up
from archwright.kernels.vector_ir import Vector, Vectors, intrinsic

WIDTHS = [4, 8, 16]


def apply(
    function: Callable[[Vectors, Vector], Vector], lanes: int, numbers: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """A function of vectors on every number."""

    def emit(v: Vectors, source: Any, target: Any) -> None:
        v.store(function(v, [v.load(source)])[0], target)

    code = intrinsic(lanes, emit)

    @numba.njit
    def walk(source, target):  # type: ignore[no-untyped-def]
        for i in range(0, source.size, lanes):
            code(np.int64(source.ctypes.data + 4 * i), np.int64(target.ctypes.data + 4 * i))

    source = aligned((round_up(numbers.size, lanes),), fill=1.0)
    source[: numbers.size] = numbers
    target = aligned(source.shape)
    walk(source, target)
    return target[: numbers.size]


@pytest.mark.parametrize("lanes", WIDTHS)
def test_exp_is_right_to_the_last_place(lanes: int) -> None:
    numbers = np.linspace(-87, 88, 20_001, dtype=np.float32)
    exact = np.exp(numbers.astype(np.float64))
    result = apply(lambda v, x: v.exp(x, 88.0), lanes, numbers)
    assert np.abs(result / exact - 1).max() < 1.5e-7
    assert abs((result / exact - 1).mean()) < 1e-8  # a bias would add up over the steps


@pytest.mark.parametrize("lanes", WIDTHS)
def test_log_is_right_to_the_last_place_and_knows_its_ends(lanes: int) -> None:
    numbers = np.concatenate([np.linspace(1, 2, 5_001), np.geomspace(1e-30, 1e30, 5_001)])
    numbers = numbers.astype(np.float32)
    exact = np.log(numbers.astype(np.float64))
    result = apply(Vectors.log, lanes, numbers)
    assert (np.abs(result - exact) <= 1e-7 + 1.2e-7 * np.abs(exact)).all()
    ends = np.array([0.0, np.inf, -1.0, np.nan], np.float32)
    assert np.array_equal(
        apply(Vectors.log, lanes, ends), [-np.inf, np.inf, np.nan, np.nan], equal_nan=True
    )


@pytest.mark.parametrize("lanes", WIDTHS)
def test_extremes_keep_nan_from_either_side(lanes: int) -> None:
    numbers = np.array([1.0, -2.0, np.nan, np.inf], np.float32)
    zero_first = apply(lambda v, x: v.maximum([v.zero], x), lanes, numbers)
    zero_second = apply(lambda v, x: v.minimum(x, [v.zero]), lanes, numbers)
    assert np.array_equal(zero_first, [1, 0, np.nan, np.inf], equal_nan=True)
    assert np.array_equal(zero_second, [0, -2, np.nan, 0], equal_nan=True)
    assert np.array_equal(apply(Vectors.absolute, lanes, -numbers)[:2], [1, 2])


@pytest.mark.parametrize("lanes", WIDTHS)
def test_exp_clamps_and_keeps_nan(lanes: int) -> None:
    payload = np.frombuffer(np.uint32(0xFFC0_01FF).tobytes(), np.float32)[0]
    numbers = np.array([np.inf, -np.inf, 1e30, np.nan, payload, 0.0], np.float32)
    result = apply(lambda v, x: v.exp(x, 29.0), lanes, numbers)
    assert np.allclose(result[:3], np.exp(np.array([29.0, -29.0, 29.0])), rtol=1e-5)
    assert np.isnan(result[3:5]).all() and abs(result[5] - 1) < 2e-7


@pytest.mark.parametrize("lanes", WIDTHS)
def test_reciprocal(lanes: int) -> None:
    numbers = np.geomspace(1e-3, 1e37, 5_001).astype(np.float32)
    result = apply(Vectors.reciprocal, lanes, numbers)
    assert np.abs(result * numbers.astype(np.float64) - 1).max() < 3e-7
