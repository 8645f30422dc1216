"""The kernel against torch in double precision: sizes, kernels, strides, activations, threads."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from archwright.kernels.fused.block import Block, Gate, UnsuitableBlock
from archwright.kernels.fused.plan import Plan
from archwright.kernels.fused.tile import Tile, TileError

from .blocks import by_torch, distance, images, weights_of

EXACT = 1e-6  # of the largest number; the promise is 1e-5

CASES = {
    "usual, in blocks of rows": (
        Block(16, 48, 24, 3, 1), (2, 9, 8), Tile(16, 4, 2, 4, 5, 2, 3),
    ),
    "odd channels, stride 2": (
        Block(13, 37, 21, 5, 2, widen_act="relu", filter_act="hswish"),
        (1, 11, 9), Tile(8, 4, 2, 3, 4, 2, 2),
    ),
    "skips, hard swish everywhere": (
        Block(6, 18, 6, 3, 1, True, True, "hswish", "hswish", "relu"),
        (3, 5, 7), Tile(4, 3, 3, 2, 6, 1, 2),
    ),
    "nothing widened, a kernel above the image": (
        Block(19, 19, 33, 7, 1, widens=False, filter_act="none"),
        (1, 2, 3), Tile(16, 1, 2, 3, 2, 2, 1),
    ),
    "a gate": (
        Block(24, 72, 40, 5, 2, filter_act="relu", gate=Gate(24)), (3, 14, 9),
        Tile(16, 5, 2, 3, 6, 2, 1),
    ),
    "a gate of odd size, sigmoids": (
        Block(21, 70, 21, 3, 1, True, True, "silu", "silu", gate=Gate(5, "silu", "sigmoid")),
        (2, 5, 6), Tile(8, 3, 2, 4, 6, 3, 1),
    ),
    "a gate, nothing widened": (
        Block(9, 9, 12, 3, 1, widens=False, filter_act="sigmoid",
              gate=Gate(8, "relu", "hsigmoid")),
        (1, 3, 4), Tile(4, 1, 2, 2, 3, 1, 1),
    ),
    "an even kernel, padded unevenly": (
        Block(8, 24, 16, 4, 2, pads=(1, 2, 0, 1), project_act="hsigmoid"), (2, 9, 11),
        Tile(16, 5, 1, 3, 5, 1, 2),
    ),
    "nothing around the image": (
        Block(8, 24, 16, 3, 1, pads=(0, 0, 0, 0)), (2, 6, 5), Tile(8, 5, 1, 3, 3, 2, 3),
    ),
    "one pixel": (Block(3, 5, 2, 3, 2), (2, 1, 1), Tile(4, 1, 1, 1, 1, 1, 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_equals_torch(name: str) -> None:
    block, (batch, height, width), tile = CASES[name]
    weights, x = weights_of(block), images(block, batch, height, width)
    wanted = by_torch(block, weights, x)
    for threads in (1, 3):
        got = Plan(block, weights, height, width, tile, threads).run(x)
        assert got.shape == wanted.shape
        assert distance(got, wanted) <= EXACT


def test_the_same_code_runs_other_sizes_and_strided_images() -> None:
    block, _, tile = CASES["usual, in blocks of rows"]
    weights = weights_of(block)
    x = images(block, 1, 6, 17)
    turned = np.asfortranarray(x)
    plan = Plan(block, weights, 6, 17, tile)
    assert distance(plan.run(turned), by_torch(block, weights, x)) <= EXACT
    raw = np.zeros(x.nbytes + 4, np.uint8)[4:]  # floats, but off every vector and cache line
    misaligned = raw.view(np.float32).reshape(x.shape)
    misaligned[...] = x
    misaligned.flags.writeable = False
    assert distance(plan.run(misaligned), by_torch(block, weights, x)) <= EXACT


def test_what_is_not_finite_stays_where_it_is() -> None:
    block = Block(5, 12, 7, 3, 1, skips=False, widen_act="relu6")
    weights, x = weights_of(block), images(block, 1, 9, 8)
    x[0, 4, 4, 2] = np.nan
    got = Plan(block, weights, 9, 8, Tile(8, 4, 2, 4, 4, 1, 2)).run(x)
    wanted = by_torch(block, weights, x)
    assert np.array_equal(np.isnan(got), np.isnan(wanted))
    x[0, 4, 4, 2] = np.inf  # which ReLU6 takes back to 6, also beside channels that do not exist
    got = Plan(block, weights, 9, 8, Tile(8, 4, 2, 4, 4, 1, 2)).run(x)
    assert distance(got, by_torch(block, weights, x)) <= EXACT


def test_mistakes_are_named() -> None:
    block, (_, height, width), tile = CASES["usual, in blocks of rows"]
    plan = Plan(block, weights_of(block), height, width, tile)
    with pytest.raises(ValueError, match="float64"):
        plan.run(images(block, 1, height, width).astype(np.float64))
    with pytest.raises(ValueError, match="the plan is for"):
        plan.run(images(block, 1, height, width + 1))
    assert plan.run(images(block, 0, height, width)).shape == (0, 9, 8, 24)
    with pytest.raises(TileError, match="blocks"):
        Plan(block, weights_of(block), 2, 8, tile)
    with pytest.raises(TileError, match="vector of 5"):
        Tile(5, 1, 1, 1, 1, 1, 1)
    usual: dict[str, Any] = {"inputs": 8, "middle": 16, "outputs": 24, "kernel": 3, "stride": 1}
    gated = dataclasses.replace(block, gate=Gate(4))
    with pytest.raises(TileError, match="all rows at once"):
        Plan(gated, weights_of(gated), height, width, tile)
    whole = dataclasses.replace(tile, blocks=1)
    with pytest.raises(ValueError, match="its weights have none"):
        Plan(gated, weights_of(block), height, width, whole)
    with pytest.raises(UnsuitableBlock, match="at least one channel"):
        Gate(0)
    for wrong, said in (
        ({"kernel": 9}, "kernel of 9"),
        ({"pads": (0, 3, 0, 0)}, "pads of"),
        ({"stride": 3}, "stride of 3"),
        ({"filter_act": "gelu"}, "gelu"),
        ({"skips": True}, "of its own size"),
        ({"widens": False}, "without a layer"),
    ):
        with pytest.raises(UnsuitableBlock, match=said):
            Block(**usual | wrong)
