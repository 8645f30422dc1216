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
        self._weights = floats(R, "R")
        self._backward = Backward(self._weights, batch, steps, backward, self.cell, threads=threads)
        self._gates = aligned(self.plan.saved.shape)

    def forward(self, Wx: Tensor, s0: Tensor) -> Tensor:
        """States [S, B, T, N, D]; they hold until the next call."""
        self._start = floats(s0, "s0")
        self._states: Tensor = self.plan.run(Wx, s0)
        return self._states

    def backward(self, outside: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Gradients of Wx, R, b and s0 from those of the states; they hold until the next call.

        Parameters
        ----------
        outside : tensor [S, B, T, N, D]
        """
        states = self._states.numpy()
        self._backward.run(
            self.plan.saved, self._start, states, floats(outside, "dstates"), self._gates
        )
        gates = torch.from_numpy(self._gates)
        batch, steps, _, heads, units = gates.shape
        former = torch.cat((torch.from_numpy(self._start)[0], self._states[0, :, :-1]), 1)
        rows = batch * steps
        dR = torch.empty(len(self.cell.recurring), heads, units, units)
        for place, g in enumerate(self.cell.recurring):
            for n in range(heads):
                torch.mm(
                    gates[:, :, g, n].view(rows, units).t(),
                    former[:, :, n].view(rows, units),
                    out=dR[place, n],
                )
        db = gates.sum((0, 1))
        start = torch.from_numpy(self._backward.first_states())
        first = gates[:, 0, list(self.cell.recurring)]
        start[0, :, 0] += torch.einsum("bgno,gnoi->bni", first, torch.from_numpy(self._weights))
        given = list(self.cell.given)
        if given == list(range(len(self.cell.gates))):
            return gates, dR, db, start
        low, high = given[0], given[-1] + 1
        same = given == list(range(low, high))
        return gates[:, :, low:high] if same else gates[:, :, given], dR, db, start
