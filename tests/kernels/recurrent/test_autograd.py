"""Gradients through torch's autograd."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from archwright.kernels.cells.cell import Cell  # noqa: E402
from archwright.kernels.cells.standard import CELLS, LSTM, SLSTM  # noqa: E402
from archwright.kernels.recurrent.functional import SlowPath, recurrent, sequence  # noqa: E402
from archwright.kernels.recurrent.layer import Idle, Sizes  # noqa: E402

from .gradients import TOLERANCE, error, exact, tensors  # noqa: E402


def leaves(cell: Cell = LSTM) -> list[Any]:
    *given, arriving = tensors(cell, 5, 9, 1, 48)
    return [*(t.requires_grad_() for t in given), arriving]


@pytest.mark.parametrize("cell", CELLS.values(), ids=str)
def test_gradients_of_all_states(cell: Cell) -> None:
    *given, arriving = leaves(cell)
    found = torch.autograd.grad(recurrent(*given, cell=cell), given, arriving)
    assert error(found, exact(cell, given, arriving)) <= TOLERANCE


@pytest.mark.parametrize("cell", CELLS.values(), ids=str)
def test_gradients_of_outputs_and_last_states(cell: Cell) -> None:
    *given, arriving = leaves(cell)
    arriving[1:] = 0
    last = torch.randn(arriving[:, :, :1].shape, generator=torch.Generator().manual_seed(1))
    h, end = sequence(*given, cell=cell)
    found = torch.autograd.grad((h, end), given, (arriving[0], last))
    assert error(found, exact(cell, given, arriving, last)) <= TOLERANCE


def test_gradients_of_last_states_alone() -> None:
    *given, arriving = leaves()
    last = arriving[:, :, :1].clone()
    found = torch.autograd.grad(sequence(*given)[1], given, last)
    assert error(found, exact(LSTM, given, 0 * arriving, last)) <= TOLERANCE


def test_only_what_is_asked_for() -> None:
    *given, arriving = leaves()
    expected = exact(LSTM, given, arriving)
    for place in range(4):
        some = [t.detach().requires_grad_(i == place) for i, t in enumerate(given)]
        recurrent(*some).backward(arriving)
        assert [t.grad is not None for t in some] == [i == place for i in range(4)]
        assert error([some[place].grad], [expected[place]]) <= TOLERANCE
    assert not recurrent(*(t.detach() for t in given)).requires_grad
    with torch.no_grad():
        assert not recurrent(*given).requires_grad


def test_several_calls_are_alive_at_once() -> None:
    *given, arriving = leaves()
    other = [given[0], (given[1].detach() / 2).requires_grad_(), *given[2:]]
    first, second = recurrent(*given), recurrent(*other)
    found = torch.autograd.grad(second, other, arriving)
    assert error(found, exact(LSTM, other, arriving)) <= TOLERANCE
    found = torch.autograd.grad(first, given, arriving)
    assert error(found, exact(LSTM, given, arriving)) <= TOLERANCE


def test_a_retained_graph_may_be_used_again() -> None:
    *given, arriving = leaves()
    states = recurrent(*given)
    first = torch.autograd.grad(states, given, arriving, retain_graph=True)
    kept = [t.clone() for t in first]
    first[0].zero_()  # the caller's own
    again = torch.autograd.grad(states, given, arriving)
    assert all(torch.equal(a, b) for a, b in zip(kept, again, strict=True))
    with pytest.raises(RuntimeError, match="second time"):
        torch.autograd.grad(states, given, arriving)


def test_second_derivatives_are_refused() -> None:
    *given, arriving = leaves()
    found = torch.autograd.grad(recurrent(*given), given, arriving, create_graph=True)
    with pytest.raises(RuntimeError, match="no second derivatives"):
        found[0].sum().backward()


def test_weights_changed_in_between_are_refused() -> None:
    *given, arriving = leaves()
    states = recurrent(*given)
    with torch.no_grad():
        given[1].mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        states.backward(arriving)


def test_memory_goes_with_the_graph() -> None:
    *given, arriving = leaves()
    states = recurrent(*given)
    dead = weakref.ref(states.grad_fn)
    states.backward(arriving)
    del states
    gc.collect()
    assert dead() is None


@pytest.mark.parametrize("cell", CELLS.values(), ids=str)
def test_against_differences(cell: Cell) -> None:
    given = [t.requires_grad_() for t in tensors(cell, 2, 3, 1, 3)[:4]]
    doubles = [t.detach().double().requires_grad_() for t in given]
    with pytest.warns(SlowPath):
        assert torch.autograd.gradcheck(lambda *a: recurrent(*a, cell=cell), doubles)


@pytest.mark.filterwarnings("ignore:Input #:UserWarning")  # single precision, and tolerances for it
@pytest.mark.parametrize("cell", [LSTM, SLSTM], ids=str)
def test_kernels_against_differences(cell: Cell) -> None:
    given = [t.requires_grad_() for t in tensors(cell, 1, 2, 1, 2)[:4]]
    assert torch.autograd.gradcheck(
        lambda *a: recurrent(*a, cell=cell), given, eps=1e-2, atol=2e-3, rtol=1e-2
    )


def test_few_idle_passes_are_kept() -> None:
    idle = Idle(most=2)
    made = []
    for units in (16, 19, 48):
        with idle.forward(Sizes(LSTM, 5, 9, 1, units), saves=True) as plan:
            made.append(plan)
    with idle.forward(Sizes(LSTM, 5, 9, 1, 48), saves=True) as plan:
        assert plan is made[2]
    with idle.forward(Sizes(LSTM, 5, 9, 1, 16), saves=True) as plan:
        assert plan is not made[0]
