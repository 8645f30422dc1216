"""fp32 layers through the matrix units of a card: what three products of tf32 numbers lose."""

from __future__ import annotations

import re

import numpy as np
import pytest

from archwright.kernels.cells.standard import CELLS
from archwright.kernels.gpu.tile import GpuTile

from . import matrix_unit as unit

SUM = re.compile(
    r"mma\.sync\.aligned\.m16n8k8\.row\.col\.f32\.tf32\.tf32\.f32 "
    r"\{ (%r\d+), .*?\}, \{ (%r\d+), .*?\}, \{ (%r\d+), .*?\}, \{ (%r\d+), "
)


def test_numbers_are_rounded_to_ten_bits() -> None:
    x = np.array([1 + 2**-11, 1 + 2**-11 - 2**-20, -1 - 2**-11, 1 + 2**-10], np.float32)
    assert unit.rounded(x).tolist() == [1 + 2**-10, 1, -1 - 2**-10, 1 + 2**-10]
    assert unit.cut(x).tolist() == [1, 1, -1, 1 + 2**-10]


def test_a_sum_is_cut_not_rounded() -> None:
    one = np.ones((1, 1), np.float32)
    x, y = (np.full((1, 1), value, np.float32) for value in (1.5 * 2**-12, 2**-11))
    assert unit.accumulate(one, x, y)[0, 0] == 1 + 2**-23  # the nearest is 1 + 2^-22
    assert unit.accumulate(one, y, y)[0, 0] == np.float32(1 + 2**-22)
    assert unit.accumulate(one, -y / 8, y)[0, 0] == 1  # below what is aligned


def test_three_products_are_what_is_compiled() -> None:
    """Left x rounded, rounded x left, then rounded x rounded on what is a number of it."""
    pytest.importorskip("triton", reason="needs Triton: pip install 'archwright[gpu]'")
    from archwright.kernels.gpu.ahead import compile_ahead

    tile = GpuTile(16, 16, 16, 1)
    ptx = compile_ahead(CELLS["elman"], tile, 16, weights="fp32").ptx
    found = [match.groups() for match in SUM.finditer(ptx)]
    assert len(found) == 2 * 2 * 3  # halves of the columns, of the depth; three products
    by_sum: dict[str, list[tuple[str, ...]]] = {}
    for to, x, y, start in found:
        assert to == start
        by_sum.setdefault(to, []).append((x, y))
    pairs = re.findall(r"selp\.f32 \s*(%r\d+), (%r\d+), 0f00000000", ptx)
    pairs = [(first, last) for last, first in pairs if last in by_sum]
    assert len(pairs) == 2
    for first, last in pairs:
        left_by_rounded, rounded_by_left = by_sum[first][:2], by_sum[first][2:]
        assert [x for x, _ in by_sum[last]] == [x for x, _ in rounded_by_left]
        assert [y for _, y in by_sum[last]] == [y for _, y in left_by_rounded]
    assert "cvt.rna.tf32.f32" in ptx and "cvt.rz.tf32" not in ptx


@pytest.mark.parametrize("cell", CELLS.values(), ids=str)
def test_three_products_are_as_good_as_fp32(cell) -> None:  # type: ignore[no-untyped-def]
    found = unit.errors(cell, 16, 2, 40, unit.tf32x3)
    assert found["states"] <= 3e-6 and max(found["gates"], found["start"]) <= 2e-6
    assert unit.errors(cell, 16, 2, 40, unit.tf32)["states"] > 1e-5  # one is not


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS.values(), ids=str)
def test_over_a_thousand_steps(cell) -> None:  # type: ignore[no-untyped-def]
    found = {
        name: unit.errors(cell, 64, 2, 1000, multiply)
        for name, multiply in (("tf32x3", unit.tf32x3), ("fp32", unit.plain), ("tf32", unit.tf32))
    }
    for name, told in found.items():
        print(f"{cell} {name}: " + ", ".join(f"{k} {v:.1e}" for k, v in told.items()))
    ours, plain = found["tf32x3"], found["fp32"]
    assert ours["h"] <= 3e-6 and max(ours["gates"], ours["start"]) <= 2e-6
    assert ours["states"] <= 2 * plain["states"]  # a normaliser of an sLSTM may be ten or more
