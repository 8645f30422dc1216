"""A recurrent layer that trains: forward and backward kernels, and gradients of the weights."""

from __future__ import annotations

import torch
from torch import Tensor

from ..arrays import aligned
from ..cells.cell import Cell
from ..cells.standard import CELLS
from .backward import Backward
from .functional import recurrent
from .layer import Sizes, backward_tile, forward_tile
from .plan import Plan, cell_of, floats
from .tile import Tile


class TrainingPlan:
    """Forward and backward passes of one layer for a fixed batch and number of steps.

    Everything it returns is its own memory and holds until the next call.

    Parameters
    ----------
    R : tensor [Gr, N, D, D]
    b : tensor [G, N, D]
    batch, steps : int
    forward, backward : Tile, optional
        Of each pass; those of `layer` if left out.
    cell : Cell or str
    threads : int
    """

    def __init__(
        self,
        R: Tensor,
        b: Tensor,
        batch: int,
        steps: int,
        forward: Tile | None = None,
        backward: Tile | None = None,
        cell: str | Cell = "lstm",
        threads: int = 1,
    ) -> None:
        self.cell = cell_of(cell)
        weights = floats(R, "R")
        sizes = Sizes(self.cell, batch, steps, weights.shape[1], weights.shape[-1], threads)
        forward, backward = forward or forward_tile(sizes), backward or backward_tile(sizes)
        self.plan = Plan(weights, b, batch, steps, forward, self.cell, threads, saves=True)
        self._backward = Backward(weights, batch, steps, backward, self.cell, threads=threads)
        self._ready = False
        self._weights = aligned(weights.shape), aligned(tuple(b.shape))
        self._ds0 = aligned((len(self.cell.states), batch, 1, *weights.shape[1:3]))
        gates = torch.from_numpy(self.plan.saved)
        given = list(self.cell.given)
        low, high = given[0], given[-1] + 1
        together = given == list(range(low, high))
        self._dWx = gates[:, :, low:high] if together else None
        dR, db = map(torch.from_numpy, self._weights)
        self._others = dR, db, torch.from_numpy(self._ds0)

    def load(self, R: Tensor, b: Tensor) -> None:
        """Take other weights of the same shapes."""
        weights = floats(R, "R")
        self.plan.load(weights, floats(b, "b"))
        self._backward.load(weights)

    def forward(self, Wx: Tensor, s0: Tensor) -> Tensor:
        """States [S, B, T, N, D]."""
        self._start = floats(s0, "s0")
        states: Tensor = self.plan.run(Wx, s0)
        self._states = states
        self._ready = True
        return states

    def backward(
        self, outside: Tensor, weights: bool = True
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Gradients of Wx, R, b and s0 from those of the states; once for every `forward`, whose
        sums of gates become their gradients in place.

        Parameters
        ----------
        outside : tensor [S, B, T, N, D]
        weights : bool
            Whether gradients of R and b are asked for; else those returned mean nothing.

        Raises
        ------
        ValueError
            Where no forward pass went before, or the shape is another.
        """
        if not self._ready:
            raise ValueError("a backward pass needs a forward pass before it, one each")
        self._ready = False
        saved, arriving = self.plan.saved, floats(outside, "dstates")
        if arriving.shape != tuple(self._states.shape):
            raise ValueError(
                f"dstates has shape {arriving.shape}, the states {tuple(self._states.shape)}"
            )
        asked = self._weights if weights else None
        self._backward.run(
            saved, self._start, self._states.numpy(), arriving, saved, self._ds0, asked
        )
        dWx = self._dWx
        if dWx is None:
            dWx = torch.from_numpy(saved)[:, :, list(self.cell.given)]
        return dWx, *self._others


_plans: dict[tuple[object, ...], TrainingPlan] = {}


def candidate(
    Wx: Tensor, R: Tensor, b: Tensor, s0: Tensor, dstates: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """One training step for a benchmark: gradients of Wx, R, b, s0.

    The weights are packed anew in every call; scratch and results are those of the last call of the
    same shapes. The cell is told by the shapes.
    """
    signature = R.shape[0], b.shape[0], s0.shape[0]
    shapes = {
        (len(cell.recurring), len(cell.gates), len(cell.states)): cell for cell in CELLS.values()
    }
    key = (signature, tuple(Wx.shape))
    plan = _plans.get(key)
    if plan is None:
        _plans.clear()
        plan = TrainingPlan(R, b, Wx.shape[0], Wx.shape[1], cell=shapes[signature])
        _plans[key] = plan
    else:
        plan.load(R, b)
    plan.forward(Wx, s0)
    return plan.backward(dstates)


def candidate_of_torch(
    Wx: Tensor, R: Tensor, b: Tensor, s0: Tensor, dstates: Tensor
) -> tuple[Tensor | None, ...]:
    """The same by way of autograd, with memory of its own in every call, for an LSTM."""
    leaves = [t.detach().requires_grad_() for t in (Wx, R, b, s0)]
    torch.autograd.backward(recurrent(*leaves), dstates)
    return tuple(t.grad for t in leaves)
