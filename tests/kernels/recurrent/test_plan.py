"""Plans against the float64 reference: every width of vectors, odd sizes, and wrong input."""

from __future__ import annotations

import numpy as np
import pytest

from archwright.kernels.recurrent.plan import Plan
from archwright.kernels.recurrent.reference import example, lstm
from archwright.kernels.recurrent.tile import Tile, TileError

TOLERANCE = 3e-6


def error(batch: int, steps: int, heads: int, units: int, tile: Tile, threads: int = 1) -> float:
    Wx, R, b, s0 = example(batch, steps, heads, units, seed=batch + units)
    states = Plan(R, b, batch, steps, tile, threads=threads).run(Wx, s0)
    return float(np.abs(states - lstm(Wx, R, b, s0)).max())


SIXTEEN, EIGHT, FOUR = Tile(16, 3, 1, 5), Tile(8, 2, 2, 3), Tile(4, 1, 3, 1, 1, 4)


@pytest.mark.parametrize("units", [16, 48, 64, 19, 1])
@pytest.mark.parametrize("heads", [1, 3])
def test_wide_vectors_at_odd_sizes(heads: int, units: int) -> None:
    for steps in (1, 2, 33):
        assert error(5, steps, heads, units, SIXTEEN) <= TOLERANCE


@pytest.mark.parametrize("tile", [EIGHT, FOUR, Tile(1, 2, 3, 3)])
@pytest.mark.parametrize("units", [16, 37])
def test_narrow_vectors_and_plain_loops(tile: Tile, units: int) -> None:
    assert error(3, 5, 2, units, tile) <= TOLERANCE


@pytest.mark.parametrize(
    "tile",
    [
        Tile(16, 4, 2, 7),  # spills, but is right
        Tile(16, 3, 1, 5, together=3),
        Tile(16, 3, 1, 5, prefetch=2),
        Tile(16, 3, 1, 5, streaming=True),
        Tile(16, 3, 1, 5, unroll=4),
        Tile(16, 1, 4, 1, unroll=1),
    ],
)
def test_every_choice_of_a_tile(tile: Tile) -> None:
    assert error(tile.block * 2, 4, 3, 64, tile) <= TOLERANCE


def test_threads_share_the_tasks() -> None:
    assert error(6, 9, 3, 32, Tile(16, 3, 1, 3), threads=2) <= TOLERANCE


def test_plain_loops_agree_with_vectors() -> None:
    Wx, R, b, s0 = example(4, 6, 2, 20)
    loops = Plan(R, b, 4, 6, Tile(1, 2, 4, 4)).run(Wx, s0)
    vectors = Plan(R, b, 4, 6, Tile(8, 2, 2, 4)).run(Wx, s0)
    assert np.abs(loops - vectors).max() <= TOLERANCE


def test_two_plans_keep_their_own_weights() -> None:
    Wx, R, b, s0 = example(5, 3, 1, 16)
    first, second = Plan(R, b, 5, 3, SIXTEEN), Plan(-R, -b, 5, 3, SIXTEEN)
    expected = lstm(Wx, R, b, s0)
    R[:], b[:] = np.nan, np.nan  # a plan has its own copy
    assert np.abs(first.run(Wx, s0) - expected).max() <= TOLERANCE
    assert np.isfinite(second.run(Wx, s0)).all()
    assert np.abs(first.run(Wx, s0) - expected).max() <= TOLERANCE


def test_nothing_outside_the_states_is_written() -> None:
    Wx, R, b, s0 = example(5, 2, 2, 19)
    plan = Plan(R, b, 5, 2, SIXTEEN)
    given = Wx.copy(), s0.copy()
    expected = lstm(Wx, R, b, s0)
    for _ in range(3):
        plan.run(Wx, s0)[...] = np.nan  # what it returned is the caller's until the next call
    assert np.abs(plan.run(Wx, s0) - expected).max() <= TOLERANCE
    assert (Wx == given[0]).all() and (s0 == given[1]).all()


def test_missing_initial_states_are_zero() -> None:
    Wx, R, b, s0 = example(5, 2, 1, 16)
    states = Plan(R, b, 5, 2, SIXTEEN).run(Wx)
    assert np.abs(states - lstm(Wx, R, b, 0 * s0)).max() <= TOLERANCE


@pytest.mark.parametrize("lanes", [1, 4, 8, 16])
def test_a_nan_spreads_within_its_row_and_head_only(lanes: int) -> None:
    Wx, R, b, s0 = example(3, 4, 2, 20)
    Wx[1, 2, 0, 1, 7] = np.frombuffer(np.uint32(0x7FC0_0001).tobytes(), np.float32)[0]
    states = Plan(R, b, 3, 4, Tile(lanes, 2, 1, 3)).run(Wx, s0)
    spoilt = np.isnan(states)
    assert spoilt[:, 1, 2, 1, 7].all()
    assert spoilt[0, 1, 3, 1].all()  # every unit of the head gathers it one step later
    spoilt[:, 1, 2:, 1] = False
    assert not spoilt.any()


def test_huge_pre_activations_saturate() -> None:
    Wx, R, b, s0 = example(5, 3, 1, 16)
    Wx *= 1e6
    Wx[0, 0, 0, 0, 0] = np.inf
    states = Plan(R, b, 5, 3, SIXTEEN).run(Wx, s0)
    assert np.abs(states - lstm(Wx, R, b, s0)).max() <= TOLERANCE


def test_strided_and_read_only_inputs_are_copied() -> None:
    Wx, R, b, s0 = example(5, 3, 1, 16)
    plan, expected = Plan(R, b, 5, 3, SIXTEEN), lstm(Wx, R, b, s0)
    strided = np.asfortranarray(Wx)
    frozen = Wx.copy()
    frozen.flags.writeable = False
    for given in (strided, frozen):
        assert np.abs(plan.run(given, s0) - expected).max() <= TOLERANCE


def test_tensors_come_back_as_tensors() -> None:
    torch = pytest.importorskip("torch")
    Wx, R, b, s0 = map(torch.from_numpy, example(5, 3, 1, 16))
    states = Plan(R, b, 5, 3, SIXTEEN).run(Wx, s0)
    assert isinstance(states, torch.Tensor)
    assert np.abs(states.numpy() - lstm(*(t.numpy() for t in (Wx, R, b, s0)))).max() <= TOLERANCE


def test_wrong_shapes_and_kinds_are_named() -> None:
    Wx, R, b, s0 = example(5, 3, 1, 16)
    plan = Plan(R, b, 5, 3, SIXTEEN)
    for broken, message in (
        (lambda: plan.run(Wx[:, :2], s0), "Wx has shape"),
        (lambda: plan.run(Wx, s0[:1]), "s0 has shape"),
        (lambda: plan.run(Wx.astype(np.float64), s0), "float64"),
        (lambda: Plan(R[:3], b, 5, 3, SIXTEEN), "R has shape"),
        (lambda: Plan(R[..., :8], b, 5, 3, SIXTEEN), "last two sizes differ"),
        (lambda: Plan(R, b[:, :, :8], 5, 3, SIXTEEN), "b has shape"),
        (lambda: Plan(R, b, 5, 0, SIXTEEN), "at least 1"),
        (lambda: Plan(R, b, 5, 3, SIXTEEN, cell="gru"), "no kernel for the cell"),
        (lambda: Plan([1.0], b, 5, 3, SIXTEEN), "list"),
    ):
        with pytest.raises(ValueError, match=message):
            broken()


def test_a_tile_that_does_not_fit_is_refused() -> None:
    _, R, b, _ = example(6, 3, 2, 20)
    for tile, message in (
        (Tile(16, 2, 1, 4), "do not divide a batch"),
        (Tile(16, 2, 1, 6, together=3), "do not divide 2 heads"),
        (Tile(16, 2, 1, 6, streaming=True), "not whole vectors"),
    ):
        with pytest.raises(TileError, match=message):
            Plan(R, b, 6, 3, tile)
    with pytest.raises(TileError, match="do not cut"):
        Tile(16, 4, 1, 5)
    with pytest.raises(TileError, match="possible are"):
        Tile(12, 1, 1, 1)
