"""Every cell, forward and backward, in Triton's interpreter against float64."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from archwright.kernels.cells.standard import CELLS

pytest.importorskip("torch")
pytest.importorskip("triton", reason="needs Triton: pip install 'archwright[gpu]'")

from archwright.kernels.gpu.interpreted import Case, interpret
from archwright.kernels.gpu.tile import GpuTile

HERE = Path(__file__).parent
ALONE, TEAM = GpuTile(16, 16, 16, 1), GpuTile(16, 16, 16, 1)
READ_ANEW = GpuTile(16, 16, 32, 1, 2, False)
OWN = "own:OWN"
CASES = {
    **{f"{cell}-alone": Case(cell, 3, 2, 2, 13, ALONE) for cell in (*CELLS, OWN)},
    **{f"{cell}-team": Case(cell, 2, 3, 1, 20, TEAM) for cell in (*CELLS, OWN)},
    "read-anew": Case("lstm", 2, 3, 1, 20, READ_ANEW),
    "two-tiles-of-rows": Case("gru", 17, 2, 1, 16, ALONE),
    "one-step": Case("lstm", 1, 1, 1, 1, ALONE),
    "bf16": Case("lstm", 2, 3, 1, 20, TEAM, "bf16"),
    "nan-alone": Case("slstm", 3, 3, 2, 16, ALONE, training=False, nan=True),
    "nan-team": Case("lstm", 2, 3, 1, 20, TEAM, training=False, nan=True),
}


@cache
def results() -> dict[str, dict[str, Any]]:
    """All cases in one process, which takes most of its time to start."""
    return dict(zip(CASES, interpret(list(CASES.values()), folder=HERE), strict=True))


def odd(cell: str) -> list[Case]:
    """Sizes that fill no tile, in every form of the kernels, and one weight kind each."""
    return [
        Case(cell, 17, 3, 3, 15, GpuTile(32, 16, 16, 1)),
        Case(cell, 5, 4, 1, 1, ALONE, "bf16"),
        Case(cell, 17, 3, 2, 37, GpuTile(16, 16, 32, 1)),
        Case(cell, 3, 5, 3, 33, TEAM, "fp16"),
        Case(cell, 33, 2, 1, 37, GpuTile(32, 32, 16, 2, 3, False)),
        Case(cell, 1, 3, 2, 41, READ_ANEW, "bf16"),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("cell", [*CELLS, OWN])
def test_odd_sizes_in_every_form(cell: str) -> None:
    cases = odd(cell)
    for case, found in zip(cases, interpret(cases, timeout=900, folder=HERE), strict=True):
        close(case, found)


@pytest.mark.parametrize("name", CASES)
def test_agrees_with_float64(name: str) -> None:
    close(CASES[name], results()[name])


def close(case: Case, found: dict[str, Any]) -> None:
    """Assert that errors are those of the numbers that the weights have."""
    if case.nan:
        assert found["same_nan"] and found["nans"] > 0
        return
    halves = case.weights != "fp32"
    assert found["states"] <= (2e-2 if halves else 3e-6)
    for gradient in ("dWx", "dR", "db", "ds0"):
        assert found[gradient] <= (1e-2 if halves else 2e-6), (gradient, case)
