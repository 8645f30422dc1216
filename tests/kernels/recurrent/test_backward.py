"""Backward kernels against float64 autograd: every cell, odd sizes, tiles, chunks and threads."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

import numpy as np  # noqa: E402

from archwright.kernels.arrays import aligned  # noqa: E402
from archwright.kernels.cells.cell import Cell  # noqa: E402
from archwright.kernels.cells.standard import CELLS, LSTM  # noqa: E402
from archwright.kernels.recurrent import backward, packing  # noqa: E402
from archwright.kernels.recurrent.backward import Backward  # noqa: E402
from archwright.kernels.recurrent.plan import Plan  # noqa: E402
from archwright.kernels.recurrent.tile import Tile  # noqa: E402

from .gradients import TOLERANCE, error, exact, tensors  # noqa: E402

ONE = Tile(16, 1, 1, 1, unroll=4)  # of any batch
ROWS = Tile(16, 3, 2, 5, unroll=4)  # two heights, two widths at 48 units


def gradients(
    cell: Cell, given: list[Any], arriving: Any, tile: Tile, threads: int = 1
) -> list[Any]:
    """Gradients of Wx, R, b and s0 by the kernels."""
    Wx, R, b, s0 = (t.numpy() for t in given)
    batch, steps = Wx.shape[:2]
    forward = Tile(tile.lanes, tile.rows, 1, tile.block)
    plan = Plan(R, b, batch, steps, forward, cell, saves=True)
    states = plan.run(Wx, s0)
    found = [aligned(plan.saved.shape, fill=np.nan), *(np.full_like(a, np.nan) for a in (R, b, s0))]
    work = Backward(R, batch, steps, tile, cell, threads=threads)
    for _ in range(2):  # nothing is left over from the pass before
        work.run(plan.saved, s0, states, arriving.numpy(), found[0], found[3], (found[1], found[2]))
    found[0] = found[0][:, :, list(cell.given)]
    return list(map(torch.from_numpy, found))


@pytest.mark.parametrize("cell", CELLS.values(), ids=str)
@pytest.mark.parametrize("units", [16, 19, 48])
@pytest.mark.parametrize("batch", [1, 5, 7])
def test_odd_sizes(batch: int, units: int, cell: Cell) -> None:
    for steps in (1, 2, 33):
        for heads in (1, 3):
            *given, arriving = tensors(cell, batch, steps, heads, units)
            found = gradients(cell, given, arriving, ONE)
            assert error(found, exact(cell, given, arriving)) <= TOLERANCE


@pytest.mark.parametrize("cell", CELLS.values(), ids=str)
def test_several_rows_and_vectors(cell: Cell) -> None:
    *given, arriving = tensors(cell, 10, 9, 3, 48)
    assert error(gradients(cell, given, arriving, ROWS), exact(cell, given, arriving)) <= TOLERANCE


@pytest.mark.parametrize(
    "tile", [Tile(8, 2, 1, 5), Tile(4, 1, 3, 1), Tile(16, 3, 2, 5, together=3, streaming=True)]
)
def test_other_vectors_and_heads_together(tile: Tile) -> None:
    *given, arriving = tensors(LSTM, 5, 4, 3, 32)
    assert error(gradients(LSTM, given, arriving, tile), exact(LSTM, given, arriving)) <= TOLERANCE


def test_results_that_a_kernel_must_not_write_to_are_refused() -> None:
    *given, arriving = tensors(LSTM, 5, 4, 1, 32)
    Wx, R, b, s0 = (t.numpy() for t in given)
    plan = Plan(R, b, 5, 4, Tile(16, 3, 1, 5, streaming=True), saves=True)
    states, saved = plan.run(Wx, s0), plan.saved
    work = Backward(R, 5, 4, Tile(16, 3, 2, 5, streaming=True), LSTM)
    off = aligned((saved.size + 1,))[1:].reshape(saved.shape)
    for out in (off, saved[:, :2], saved.astype(np.float64)):
        with pytest.raises(ValueError, match=r"cache line|not contiguous float32"):
            work.run(saved, s0, states, arriving.numpy(), out, np.empty_like(s0), None)
        with pytest.raises(ValueError, match=r"cache line|not contiguous float32"):
            plan.run(Wx, s0, into=(aligned(states.shape), out))


@pytest.mark.parametrize("pairs", [4, 12, 40])
def test_weights_are_gathered_in_chunks_of_any_size(
    pairs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backward, "PAIRS", pairs)
    monkeypatch.setattr(backward, "TALLEST", 16)
    *given, arriving = tensors(LSTM, 10, 11, 3, 48)
    assert error(gradients(LSTM, given, arriving, ROWS), exact(LSTM, given, arriving)) <= TOLERANCE


def test_threads_sum_their_shares() -> None:
    *given, arriving = tensors(LSTM, 10, 9, 3, 48)
    found = gradients(LSTM, given, arriving, ROWS, threads=2)
    assert error(found, exact(LSTM, given, arriving)) <= TOLERANCE


@pytest.mark.parametrize("cell", CELLS.values(), ids=str)
@pytest.mark.parametrize("lanes", [4, 16])
def test_weights_loaded_anew_are_those_packed(lanes: int, cell: Cell) -> None:
    generator = np.random.default_rng(0)
    for units in (1, 16, 19, 48):
        for vectors in (1, 3):
            R = generator.random((len(cell.recurring), 2, units, units), np.float32)
            b = generator.random((len(cell.gates), 2, units), np.float32)
            tile = Tile(lanes, 1, vectors, 1, unroll=4)
            expected, _ = packing.pack(cell, R, b, tile)
            found, _ = packing.pack(cell, -R, -b, tile)
            packing.load(cell, R, b, tile, found)
            assert (found == expected).all()
            turned = packing.make_room_backward(R.shape, tile)
            packing.load_backward(turned, R, tile)
            assert np.isclose(turned.sum(), R.sum()) and turned[0, 0] == R[0, 0, 0, 0]
