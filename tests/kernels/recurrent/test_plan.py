"""Plans against the float64 reference: every width of vectors, odd sizes, and wrong input."""

from __future__ import annotations

import numpy as np
import pytest

from archwright.kernels.cells.cell import Cell, Gate, State
from archwright.kernels.cells.expression import (
    absolute,
    exp,
    log,
    minimum,
    relu,
    sigmoid,
    tanh,
    where_less,
)
from archwright.kernels.cells.standard import CELLS, LSTM
from archwright.kernels.recurrent.packing import from_bfloat16, to_bfloat16
from archwright.kernels.recurrent.plan import Plan
from archwright.kernels.recurrent.reference import example, states
from archwright.kernels.recurrent.tile import Tile, TileError

TOLERANCE = 3e-6


def error(
    batch: int,
    steps: int,
    heads: int,
    units: int,
    tile: Tile,
    threads: int = 1,
    cell: Cell = LSTM,
) -> float:
    Wx, R, b, s0 = example(cell, batch, steps, heads, units, seed=batch + units)
    found = Plan(R, b, batch, steps, tile, cell, threads).run(Wx, s0)
    return float(np.abs(found - states(cell, Wx, R, b, s0)).max())


ODD = Cell.define(  # a user's: a gate each way, h and another state read, padding far from zero
    "odd",
    ["a", Gate("b", recurs=False), Gate("w", given=False)],
    ["h", State("s", start=1.0)],
    lambda g, s: {
        "h": exp(minimum(g.a, 0)) * sigmoid(g.w) + 0.25 * tanh(s.h) - log(1 + absolute(s.s)),
        "s": where_less(g.b, s.s, 0.5 * s.s, 1 / (1 + relu(g.b))),
    },
)
ALL = [*CELLS.values(), ODD]
SIXTEEN, EIGHT, FOUR = Tile(16, 3, 1, 5), Tile(8, 2, 2, 3), Tile(4, 1, 3, 1, 1, 4)


@pytest.mark.parametrize("cell", ALL, ids=str)
@pytest.mark.parametrize("units", [16, 48, 64, 19, 1])
@pytest.mark.parametrize("heads", [1, 3])
def test_wide_vectors_at_odd_sizes(heads: int, units: int, cell: Cell) -> None:
    for steps in (1, 2, 33):
        assert error(5, steps, heads, units, SIXTEEN, cell=cell) <= TOLERANCE


@pytest.mark.parametrize("cell", ALL, ids=str)
@pytest.mark.parametrize("tile", [EIGHT, FOUR, Tile(1, 2, 3, 3)])
@pytest.mark.parametrize("units", [16, 37])
def test_narrow_vectors_and_plain_loops(tile: Tile, units: int, cell: Cell) -> None:
    assert error(3, 5, 2, units, tile, cell=cell) <= TOLERANCE


@pytest.mark.parametrize("lanes", [1, 8, 16])
def test_weights_in_bfloat16_are_those_rounded(lanes: int) -> None:
    Wx, R, b, s0 = example(LSTM, 5, 4, 2, 37)
    tile = Tile(lanes, 3, 1, 5, narrow=True)
    found = Plan(R, b, 5, 4, tile).run(Wx, s0)
    rounded = from_bfloat16(to_bfloat16(R))
    assert np.abs(found - states(LSTM, Wx, rounded, b, s0)).max() <= TOLERANCE
    assert 1e-3 < np.abs(found - states(LSTM, Wx, R, b, s0)).max() < 1e-1


def test_rounding_to_bfloat16_is_torchs() -> None:
    torch = pytest.importorskip("torch")
    numbers = np.random.default_rng(0).standard_normal(10_000).astype(np.float32)
    numbers[:4] = 0, np.inf, -np.inf, np.nan
    theirs = torch.from_numpy(numbers).bfloat16().float().numpy()
    assert np.array_equal(from_bfloat16(to_bfloat16(numbers)), theirs, equal_nan=True)


@pytest.mark.parametrize("lanes", [1, 16])
def test_nothing_to_do_is_no_mistake(lanes: int) -> None:
    for batch, steps in ((0, 3), (5, 0)):
        Wx, R, b, s0 = example(LSTM, batch, steps, 2, 16)
        found = Plan(R, b, batch, steps, Tile(lanes, 3, 1, 5)).run(Wx, s0)
        assert found.shape == (2, batch, steps, 2, 16)


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
    Wx, R, b, s0 = example(LSTM, 4, 6, 2, 20)
    loops = Plan(R, b, 4, 6, Tile(1, 2, 4, 4)).run(Wx, s0)
    vectors = Plan(R, b, 4, 6, Tile(8, 2, 2, 4)).run(Wx, s0)
    assert np.abs(loops - vectors).max() <= TOLERANCE


def test_two_plans_keep_their_own_weights() -> None:
    Wx, R, b, s0 = example(LSTM, 5, 3, 1, 16)
    first, second = Plan(R, b, 5, 3, SIXTEEN), Plan(-R, -b, 5, 3, SIXTEEN)
    expected = states(LSTM, Wx, R, b, s0)
    R[:], b[:] = np.nan, np.nan  # a plan has its own copy
    assert np.abs(first.run(Wx, s0) - expected).max() <= TOLERANCE
    assert np.isfinite(second.run(Wx, s0)).all()
    assert np.abs(first.run(Wx, s0) - expected).max() <= TOLERANCE


def test_nothing_outside_the_states_is_written() -> None:
    Wx, R, b, s0 = example(LSTM, 5, 2, 2, 19)
    plan = Plan(R, b, 5, 2, SIXTEEN)
    given = Wx.copy(), s0.copy()
    expected = states(LSTM, Wx, R, b, s0)
    for _ in range(3):
        plan.run(Wx, s0)[...] = np.nan  # what it returned is the caller's until the next call
    assert np.abs(plan.run(Wx, s0) - expected).max() <= TOLERANCE
    assert (Wx == given[0]).all() and (s0 == given[1]).all()


def test_missing_initial_states_are_zero() -> None:
    Wx, R, b, s0 = example(LSTM, 5, 2, 1, 16)
    found = Plan(R, b, 5, 2, SIXTEEN).run(Wx)
    assert np.abs(found - states(LSTM, Wx, R, b, 0 * s0)).max() <= TOLERANCE


@pytest.mark.parametrize("lanes", [1, 4, 8, 16])
def test_a_nan_spreads_within_its_row_and_head_only(lanes: int) -> None:
    Wx, R, b, s0 = example(LSTM, 3, 4, 2, 20)
    Wx[1, 2, 0, 1, 7] = np.frombuffer(np.uint32(0x7FC0_0001).tobytes(), np.float32)[0]
    found = Plan(R, b, 3, 4, Tile(lanes, 2, 1, 3)).run(Wx, s0)
    spoilt = np.isnan(found)
    assert spoilt[:, 1, 2, 1, 7].all()
    assert spoilt[0, 1, 3, 1].all()  # every unit of the head gathers it one step later
    spoilt[:, 1, 2:, 1] = False
    assert not spoilt.any()


def test_huge_pre_activations_saturate() -> None:
    Wx, R, b, s0 = example(LSTM, 5, 3, 1, 16)
    Wx *= 1e6
    Wx[0, 0, 0, 0, 0] = np.inf
    found = Plan(R, b, 5, 3, SIXTEEN).run(Wx, s0)
    assert np.abs(found - states(LSTM, Wx, R, b, s0)).max() <= TOLERANCE


def test_strided_and_read_only_inputs_are_copied() -> None:
    Wx, R, b, s0 = example(LSTM, 5, 3, 1, 16)
    plan, expected = Plan(R, b, 5, 3, SIXTEEN), states(LSTM, Wx, R, b, s0)
    strided = np.asfortranarray(Wx)
    frozen = Wx.copy()
    frozen.flags.writeable = False
    for given in (strided, frozen):
        assert np.abs(plan.run(given, s0) - expected).max() <= TOLERANCE


def test_misaligned_and_non_contiguous_inputs_are_right() -> None:
    torch = pytest.importorskip("torch")
    Wx, R, b, s0 = example(LSTM, 5, 3, 1, 16)
    plan, expected = Plan(R, b, 5, 3, Tile(16, 3, 1, 5, streaming=True)), states(LSTM, Wx, R, b, s0)
    bytes_ = np.empty(Wx.nbytes + 1, np.uint8)
    odd = bytes_[1:].view(np.float32).reshape(Wx.shape)  # not even on a number's boundary
    odd[:] = Wx
    shifted = np.empty(Wx.size + 1, np.float32)[1:].reshape(Wx.shape)
    shifted[:] = Wx
    assert np.abs(plan.run(odd, s0) - expected).max() <= TOLERANCE
    assert np.abs(plan.run(shifted, s0) - expected).max() <= TOLERANCE
    turned = torch.from_numpy(np.ascontiguousarray(Wx.transpose(1, 0, 2, 3, 4))).transpose(0, 1)
    assert np.abs(plan.run(turned, s0).numpy() - expected).max() <= TOLERANCE
    assert (
        np.abs(Plan(np.asfortranarray(R), b, 5, 3, SIXTEEN).run(Wx, s0) - expected).max()
        <= TOLERANCE
    )


def test_a_plan_tells_the_reasons_of_its_tile() -> None:
    _, R, b, _ = example(LSTM, 4, 3, 1, 32)
    told = Plan(R, b, 4, 3, Tile(16, 4, 1, 4), "lstm").explain()
    assert "expected" in told and "gathering h R" in told


def test_tensors_come_back_as_tensors() -> None:
    torch = pytest.importorskip("torch")
    Wx, R, b, s0 = map(torch.from_numpy, example(LSTM, 5, 3, 1, 16))
    found = Plan(R, b, 5, 3, SIXTEEN).run(Wx, s0)
    assert isinstance(found, torch.Tensor)
    assert (
        np.abs(found.numpy() - states(LSTM, *(t.numpy() for t in (Wx, R, b, s0)))).max()
        <= TOLERANCE
    )


def test_wrong_shapes_and_kinds_are_named() -> None:
    Wx, R, b, s0 = example(LSTM, 5, 3, 1, 16)
    plan = Plan(R, b, 5, 3, SIXTEEN)
    for broken, message in (
        (lambda: plan.run(Wx[:, :2], s0), "Wx has shape"),
        (lambda: plan.run(Wx, s0[:1]), "s0 has shape"),
        (lambda: plan.run(Wx.astype(np.float64), s0), "float64"),
        (lambda: Plan(R[:3], b, 5, 3, SIXTEEN), "R has shape"),
        (lambda: Plan(R[..., :8], b, 5, 3, SIXTEEN), "last two sizes differ"),
        (lambda: Plan(R, b[:, :, :8], 5, 3, SIXTEEN), "b has shape"),
        (lambda: Plan(R, b, 5, -1, SIXTEEN), "negative"),
        (lambda: Plan(R, b, 5, 3, SIXTEEN, cell="gur"), "no cell is named"),
        (lambda: Plan([1.0], b, 5, 3, SIXTEEN), "list"),
    ):
        with pytest.raises(ValueError, match=message):
            broken()


def test_a_tile_that_does_not_fit_is_refused() -> None:
    _, R, b, _ = example(LSTM, 6, 3, 2, 20)
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
