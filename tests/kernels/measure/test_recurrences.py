"""Recurrences timed by the kernels of their tiles: the same states as torch, refused elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

import archwright as aw
from archwright.kernels.machine import processor
from archwright.kernels.measure.recurrences import (
    ElsewhereOnly,
    TiledRecurrence,
    need_here,
    with_kernels,
)
from archwright.kernels.networks.build import build

torch = pytest.importorskip("torch")

SPACE = """
arch 1
import std.rnn as rnn
space tiling {{ rows: {{1, 2}} }}
network layer(x: tensor[2, 5, 3, 2, 12]) {{
  x = rnn.recurrent(x, cell = rnn.gru, lanes = {lanes}, rows = rows, vectors = 1, block = 2,
                    together = 1, unroll = 1)
  return x
}}
"""
CARD = Path(__file__).parents[3] / "gallery" / "flashrnn" / "persistent_gpu.arch"


def bound(lanes: int) -> aw.Bound:
    return aw.loads(SPACE.format(lanes=lanes)).bind()


def test_a_tile_is_timed_by_its_kernel_whose_states_are_those_of_torch() -> None:
    architecture = bound(min(8, processor.registers().lanes)).solve(progress=False).architecture
    assert architecture is not None
    torch.manual_seed(0)
    module = build(architecture.networks["layer"]).eval()
    inputs = module.example_inputs()
    with torch.no_grad():
        expected = module(*inputs)
        found = with_kernels(module)(*inputs)
    assert isinstance(next(iter(module.layers.values())), TiledRecurrence)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def test_every_tile_is_a_layer_of_its_own(tmp_path: Path) -> None:
    pytest.importorskip("netCDF4")
    p = bound(min(8, processor.registers().lanes))
    found = aw.measure(p, tmp_path / "tiles.nc", rounds=1, progress=False)
    assert found.complete
    assert found.timed == 2


def test_layers_of_a_card_or_of_longer_vectors_are_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    p = aw.load(CARD).bind(steps=4, batch=1, heads=1)
    with pytest.raises(ElsewhereOnly, match="`recurrent` needs a CUDA card, and `measure` times"):
        aw.measure(p, rounds=1, progress=False)
    architecture = bound(16).solve(progress=False).architecture
    assert architecture is not None
    monkeypatch.setattr(
        "archwright.kernels.measure.recurrences.processor.registers",
        lambda: processor.Registers(256, 16, "told"),
    )
    with pytest.raises(ElsewhereOnly, match="for vectors of 16 numbers, and this machine has 8"):
        need_here(architecture.networks["layer"].leaves)
