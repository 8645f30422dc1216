"""The functional layout: values, initial states, slower paths, and wrong input."""

from __future__ import annotations

from threading import Thread

import pytest

torch = pytest.importorskip("torch")

from archwright.kernels.cells.cell import Cell  # noqa: E402
from archwright.kernels.cells.standard import CELLS, GRU, LSTM  # noqa: E402
from archwright.kernels.recurrent.functional import (  # noqa: E402
    SlowPath,
    initial,
    plain,
    recurrent,
    sequence,
)

from .gradients import tensors  # noqa: E402


@pytest.mark.parametrize("cell", CELLS.values(), ids=str)
def test_states_are_those_of_the_plain_loop(cell: Cell) -> None:
    *given, _ = tensors(cell, 5, 9, 1, 48)
    expected = plain(*(t.double() for t in given), cell=cell)
    assert float((recurrent(*given, cell=cell) - expected).abs().max()) <= 3e-6
    h, last = sequence(*given, cell=cell.name)
    assert float((h - expected[0]).abs().max()) <= 3e-6
    assert float((last - expected[:, :, -1:]).abs().max()) <= 3e-6


def test_missing_initial_states_are_the_cells() -> None:
    Wx, R, b, _, _ = tensors(LSTM, 5, 9, 1, 48)
    assert torch.equal(recurrent(Wx, R, b), recurrent(Wx, R, b, initial(LSTM, Wx)))


def test_calls_own_their_results() -> None:
    *given, _ = tensors(LSTM, 5, 9, 1, 48)
    first = recurrent(*given)
    kept = first.clone()
    recurrent(given[0], -given[1], *given[2:])
    assert torch.equal(first, kept)


def test_strided_and_misaligned_input() -> None:
    *given, _ = tensors(LSTM, 5, 9, 1, 48)
    expected = recurrent(*given)
    strided = [t.transpose(0, -1).contiguous().transpose(0, -1) for t in given]
    shifted = []
    for t in given:
        room = torch.empty(t.numel() + 1)
        room[1:] = t.flatten()
        shifted.append(room[1:].view(t.shape))
    assert not strided[0].is_contiguous() and shifted[0].data_ptr() % 64
    assert torch.equal(recurrent(*strided), expected)
    assert torch.equal(recurrent(*shifted), expected)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_numbers_take_the_slow_way_and_say_so(dtype: torch.dtype) -> None:
    given = [t.to(dtype) for t in tensors(GRU, 2, 3, 1, 16)[:4]]
    with pytest.warns(SlowPath, match=str(dtype)):
        found = recurrent(*given, cell="gru")
    assert found.dtype == dtype and found.isfinite().all()


def test_nothing_to_do_is_no_mistake() -> None:
    for batch, steps in ((0, 3), (5, 0)):
        given = [t.requires_grad_() for t in tensors(LSTM, batch, steps, 1, 48)[:4]]
        states = recurrent(*given)
        assert states.shape == (2, batch, steps, 1, 48)
        h, last = sequence(*given)
        (h.sum() + last.sum()).backward()
        assert (given[1].grad == 0).all()
        assert (given[3].grad == 1).all()  # no step: the last states are the first


def test_a_nan_spreads_within_its_row() -> None:
    given = tensors(LSTM, 5, 9, 1, 48)[:4]
    given[0][1, 4, 0, 0, 3] = torch.nan
    leaves = [t.requires_grad_() for t in given]
    states = recurrent(*leaves)
    assert states[:, [0, 2, 3, 4]].isfinite().all() and states[0, 1, 5].isnan().all()
    states[0].sum().backward()
    assert leaves[0].grad[[0, 2, 3, 4]].isfinite().all()
    assert leaves[0].grad[1, 0].isnan().any() and leaves[1].grad.isnan().any()
    clean = tensors(LSTM, 5, 9, 1, 48)[:4]  # scratch that saw NaN does not spoil the next call
    leaves = [t.requires_grad_() for t in clean]
    recurrent(*leaves).sum().backward()
    assert all(t.grad.isfinite().all() for t in leaves)


def test_threads_at_once() -> None:
    wanted, found = {}, {}
    for key in range(4):
        given = tensors(LSTM, 5, 9, 1, 48)[:4]
        given[1] = given[1] * (key + 1) / 4
        wanted[key] = recurrent(*given)

        def work(key: int = key, given: list[torch.Tensor] = given) -> None:
            for _ in range(20):
                found[key] = recurrent(*given)

        wanted[key, "thread"] = Thread(target=work)
    threads = [wanted.pop((key, "thread")) for key in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(torch.equal(found[key], wanted[key]) for key in range(4))


def test_wrong_input_is_named() -> None:
    Wx, R, b, s0, _ = tensors(LSTM, 5, 9, 1, 48)
    for broken, message in (
        (lambda: recurrent(Wx[:, :, :3], R, b, s0), r"Wx has shape \(5, 9, 3, 1, 48\)"),
        (lambda: recurrent(Wx, R[:3], b, s0), "R has shape"),
        (lambda: recurrent(Wx, R, b[..., :16], s0), "b has shape"),
        (lambda: recurrent(Wx, R, b, s0[:, :2]), "s0 has shape"),
        (lambda: recurrent(Wx, R.double(), b, s0), "must be alike"),
        (lambda: recurrent(Wx.long(), R.long(), b.long()), "floating-point"),
        (lambda: recurrent(Wx, R, b, cell="gur"), "no cell is named"),
        (lambda: recurrent(Wx.numpy(), R, b), "ndarray"),
        (lambda: recurrent(Wx, R, b, threads=0), "0 threads"),
    ):
        with pytest.raises(ValueError, match=message):
            broken()
