"""A recurrent layer that trains: forward and backward kernels, and gradients of the weights."""

from __future__ import annotations

import torch
from torch import Tensor

from ..arrays import aligned
from ..cells.cell import Cell
from .backward import Backward
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
    forward, backward : Tile
        Of each pass; one number in a vector (`lanes`) would have no backward pass.
    cell : Cell or str
    threads : int
    """

    def __init__(
        self,
        R: Tensor,
        b: Tensor,
        batch: int,
        steps: int,
        forward: Tile,
        backward: Tile,
        cell: str | Cell = "lstm",
        threads: int = 1,
    ) -> None:
        self.cell = cell_of(cell)
        self.plan = Plan(R, b, batch, steps, forward, self.cell, threads, saves=True)
        weights = floats(R, "R")
        self._backward = Backward(weights, batch, steps, backward, self.cell, threads=threads)
        self._weights = aligned(weights.shape), aligned(tuple(b.shape))
        self._ds0 = aligned((len(self.cell.states), batch, 1, *weights.shape[1:3]))
        gates = torch.from_numpy(self.plan.saved)
        given = list(self.cell.given)
        low, high = given[0], given[-1] + 1
        together = given == list(range(low, high))
        self._results = (
            gates[:, :, low:high] if together else None,
            *map(torch.from_numpy, (*self._weights, self._ds0)),
        )

    def load(self, R: Tensor, b: Tensor) -> None:
        """Take other weights of the same shapes."""
        weights = floats(R, "R")
        self.plan.load(weights, floats(b, "b"))
        self._backward.load(weights)

    def forward(self, Wx: Tensor, s0: Tensor) -> Tensor:
        """States [S, B, T, N, D]."""
        self._start = floats(s0, "s0")
        self._states: Tensor = self.plan.run(Wx, s0)
        return self._states

    def backward(self, outside: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Gradients of Wx, R, b and s0 from those of the states; once for every `forward`, whose
        sums of gates become their gradients in place.

        Parameters
        ----------
        outside : tensor [S, B, T, N, D]
        """
        saved = self.plan.saved
        self._backward.run(
            saved, self._start, self._states.numpy(), floats(outside, "dstates"), saved,
            self._ds0, self._weights,
        )  # fmt: skip
        dWx, dR, db, ds0 = self._results
        if dWx is None:
            dWx = torch.from_numpy(saved)[:, :, list(self.cell.given)]
        return dWx, dR, db, ds0
