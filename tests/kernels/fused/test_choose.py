"""The tile of a block is the spec's answer, and other machines get other tiles."""

from __future__ import annotations

import pytest

from archwright.kernels.fused.block import Block, UnsuitableBlock
from archwright.kernels.fused.choose import choose
from archwright.kernels.machine.probe import probe

LATE = Block(160, 960, 160, 3, 1, skips=True)


@pytest.mark.parametrize(
    ("bits", "registers", "most"), [(512, 32, 31), (256, 16, 15), (128, 32, 31), (128, 16, 15)]
)
def test_tiles_fit_the_registers(bits: int, registers: int, most: int) -> None:
    machine = {**probe(), "vector_bits": bits, "vector_registers": registers}
    chosen = choose(LATE, 7, 7, machine=machine)
    tile = chosen.tile
    tile.fit(LATE, 7, 7)
    assert tile.lanes == bits // 32
    assert tile.widen_pixels * tile.widen_vectors + tile.widen_vectors <= most
    assert tile.project_pixels * tile.project_vectors + tile.project_vectors <= most
    assert f"of {registers} registers" in chosen.reason and chosen.seconds > 0


def test_caches_and_threads_decide_the_blocks_of_rows() -> None:
    early = Block(24, 144, 24, 3, 1, skips=True)
    machine = probe()
    small = {**machine, "usable_l2": 64 * 1024 * 8, "l1d": 16 * 1024 * 8}
    tall = choose(early, 56, 56, machine=machine).tile.blocks
    assert choose(early, 56, 56, machine=small).tile.blocks >= tall
    assert choose(LATE, 7, 7, least=4).tile.blocks >= 4
    assert choose(LATE, 2, 7, least=4).tile.blocks == 2  # as many as there are rows


def test_sizes_beyond_the_spec_are_refused() -> None:
    with pytest.raises(UnsuitableBlock, match="no tile"):
        choose(LATE, 5000, 7)
