"""Plans that train: what they hold, what they refuse, and the benchmark's hook."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from archwright.kernels.cells.cell import Cell  # noqa: E402
from archwright.kernels.cells.standard import CELLS, LSTM  # noqa: E402
from archwright.kernels.recurrent.plan import Plan  # noqa: E402
from archwright.kernels.recurrent.tile import Tile  # noqa: E402
from archwright.kernels.recurrent.training import TrainingPlan, candidate  # noqa: E402

from .gradients import TOLERANCE, error, exact, tensors  # noqa: E402


@pytest.mark.parametrize("cell", CELLS.values(), ids=str)
def test_the_hook_of_the_benchmark(cell: Cell) -> None:
    for _ in range(2):  # a plan made, and one with other weights
        *given, arriving = tensors(cell, 5, 9, 1, 48)
        given[1] = given[1] * (0.5 + _)
        assert error(candidate(*given, arriving), exact(cell, given, arriving)) <= TOLERANCE


def test_other_weights() -> None:
    Wx, R, b, s0, arriving = tensors(LSTM, 5, 3, 1, 48)
    plan = TrainingPlan(R, b, 5, 3)
    for factor in (0.5, 1.0):
        given = [Wx, factor * R, -b, s0]
        plan.load(*given[1:3])
        plan.forward(Wx, s0)
        assert error(plan.backward(arriving), exact(LSTM, given, arriving)) <= TOLERANCE
    with pytest.raises(ValueError, match="a forward pass before it"):
        plan.backward(arriving)
    plan.forward(Wx, s0)
    with pytest.raises(ValueError, match="dstates has shape"):
        plan.backward(arriving[:, :, :2])
    with pytest.raises(ValueError, match="R has shape"):
        plan.load(R[..., :16, :16], b[..., :16])


def test_a_plan_takes_other_weights_and_memory() -> None:
    Wx, R, b, s0, _ = (t.numpy() for t in tensors(LSTM, 5, 3, 1, 48))
    plan, other = (Plan(w, b, 5, 3, Tile(16, 3, 1, 5)) for w in (R, -R))
    other.load(R, b)
    mine = plan.run(Wx, s0).copy()
    room = mine * 0, plan.saved
    assert (other.run(Wx, s0, into=room) == mine).all() and (room[0] == mine).all()
