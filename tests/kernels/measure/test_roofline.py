"""The roofline as data and text."""

from __future__ import annotations

import pytest

from archwright.kernels.measure.roofline import roofline
from archwright.kernels.measure.table import Layer

MACHINE = {"peak": 200 * 10**9, "bw_l2": 8 * 100 * 10**9, "bw_l3": 8 * 20 * 10**9}


def layer(op: str, time: float, flops: float, moved: float) -> Layer:
    return Layer(time, time, time, time, 5, "", op, flops, moved)


LAYERS = {
    "thin <1>": layer("std.nn.conv", 10, 1e6, 1e6),  # 1 FLOP/B, 100 GFLOP/s
    "thick": layer("std.nn.conv", 100, 1e7, 1e5),  # 100 FLOP/B
    "sum": layer("std.nn.add", 5, 0, 1e5),
}


def test_layers_that_multiply_are_bounded_by_the_lower_line() -> None:
    found = roofline(LAYERS, MACHINE)
    assert list(found.layers) == ["thin <1>", "thick"]
    assert found.bound(LAYERS["thin <1>"], "L2") == pytest.approx(100e9)
    assert found.bound(LAYERS["thin <1>"], "L3") == pytest.approx(20e9)
    assert found.bound(LAYERS["thick"], "L3") == pytest.approx(200e9)


def test_data() -> None:
    pytest.importorskip("xarray")
    data = roofline(LAYERS, MACHINE).to_xarray()
    assert data.intensity.values.tolist() == [1, 100]
    assert data.rate.values.tolist() == [pytest.approx(100e9), pytest.approx(100e9)]
    assert data.bound.sel(layer="thin <1>", level="L2") == pytest.approx(100e9)
    assert data.attrs["peak"] == 200e9


def test_text() -> None:
    told = repr(roofline(LAYERS, MACHINE)).splitlines()
    assert told[0] == "peak 200 GFLOP/s · L2 100 GB/s · L3 20 GB/s"
    assert told[2].split() == ["std.nn.conv", "2", "1.0", "..", "100.0", "100", "..", "100", "275%"]


def test_no_layer_that_multiplies() -> None:
    found = roofline({"sum": LAYERS["sum"]}, MACHINE)
    assert len(repr(found).splitlines()) == 2
