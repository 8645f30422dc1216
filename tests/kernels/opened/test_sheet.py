"""Sheets of feature maps, and spectra."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from archwright.kernels.opened.sheet import GAP, MOST_TILES, ZERO, sheet  # noqa: E402
from archwright.kernels.opened.spectrum import spectrum  # noqa: E402


def test_a_tile_stands_where_its_channel_says() -> None:
    maps = torch.zeros(5, 2, 3)
    maps[4, 1, 2], maps[0, 0, 0] = 2.0, -1.0
    found = sheet(maps)
    assert (found.count, found.total, found.reach) == (5, 5, 2.0)
    rows = [found.shades[i * found.width : (i + 1) * found.width] for i in range(found.height)]
    y, x = 1 + 4 // found.columns * 3, 1 + 4 % found.columns * 4
    assert rows[y + 1][x + 2] == 254 and rows[1][1] == round(-0.5 * 127 + ZERO)
    assert rows[0] == bytes([GAP]) * found.width and rows[y][x] == ZERO


def test_many_and_large_maps_are_thinned() -> None:
    found = sheet(torch.randn(MOST_TILES + 9, 300, 300))
    assert (found.count, found.total) == (MOST_TILES, MOST_TILES + 9)
    assert max(found.tile) <= 112
    assert sheet(torch.full((1, 2, 2), float("nan"))).count == 1


def test_a_spectrum() -> None:
    one = torch.outer(torch.arange(1.0, 5.0), torch.tensor([1.0, 2.0, 0.0]))
    found = spectrum(one)
    assert found.singular == pytest.approx((1.0, 0.0, 0.0), abs=1e-6)
    assert found.rank == pytest.approx(1.0) and found.zero == pytest.approx(1 / 3)
    assert found.energies == pytest.approx((0.8, 0.2, 0.0))
    even = spectrum(torch.eye(4))
    assert even.rank == pytest.approx(4.0) and even.zero == pytest.approx(0.75)
    assert spectrum(torch.zeros(3, 2)).rank == 0.0
