"""The arithmetic of the vector code, at every width that a processor may have."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest

from archwright.kernels.arrays import aligned, round_up
from archwright.kernels.vector_ir import Vectors, intrinsic

WIDTHS = [4, 8, 16]


def apply(name: str, lanes: int, numbers: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """One of the functions of `Vectors` on every number."""

    def emit(v: Vectors, source: Any, target: Any) -> None:
        v.store(getattr(v, name)([v.load(source)])[0], target)

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
def test_exp_is_right_to_the_last_places(lanes: int) -> None:
    numbers = np.linspace(-29, 29, 20_001, dtype=np.float32)
    exact = np.exp(numbers.astype(np.float64))
    assert np.abs(apply("exp", lanes, numbers) / exact - 1).max() < 3e-6
    near = np.abs(numbers) < 1
    assert np.abs(apply("exp", lanes, numbers[near]) / exact[near] - 1).max() < 4e-7


@pytest.mark.parametrize("lanes", WIDTHS)
def test_exp_clamps_and_keeps_nan(lanes: int) -> None:
    payload = np.frombuffer(np.uint32(0xFFC0_01FF).tobytes(), np.float32)[0]
    numbers = np.array([np.inf, -np.inf, 1e30, np.nan, payload, 0.0], np.float32)
    result = apply("exp", lanes, numbers)
    assert np.allclose(result[:3], np.exp(np.array([29.0, -29.0, 29.0])), rtol=1e-5)
    assert np.isnan(result[3:5]).all() and abs(result[5] - 1) < 2e-7


@pytest.mark.parametrize("lanes", WIDTHS)
def test_reciprocal(lanes: int) -> None:
    numbers = np.geomspace(1e-3, 1e37, 5_001).astype(np.float32)
    result = apply("reciprocal", lanes, numbers)
    assert np.abs(result * numbers.astype(np.float64) - 1).max() < 3e-7
