"""The oracle: any cell's recurrence in plain torch, in any precision, differentiable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..cells.as_torch import step
from ..cells.expression import gate as gate_leaf
from ..cells.expression import state as state_leaf

if TYPE_CHECKING:
    from ..cells.cell import Cell


def states(cell: Cell, Wx: Tensor, R: Tensor, b: Tensor, s0: Tensor) -> Tensor:
    """States after every step, in the layout of `archwright.kernels.recurrent.reference`."""
    names = [state_leaf(s.name) for s in cell.states]
    former = dict(zip(names, s0[:, :, 0], strict=True))
    found = []
    for t in range(Wx.shape[1]):
        recurrent = torch.einsum("bni,gnoi->gbno", former[names[0]], R)
        leaves = {}
        for g, gate in enumerate(cell.gates):
            total = b[g].expand_as(former[names[0]])
            if gate.given:
                total = total + Wx[:, t, cell.given.index(g)]
            if gate.recurs:
                total = total + recurrent[cell.recurring.index(g)]
            leaves[gate_leaf(gate.name)] = total
        former = dict(zip(names, step(cell.update, leaves | former), strict=True))
        found.append(torch.stack(list(former.values())))
    return torch.stack(found, 2)


def example(
    cell: Cell,
    batch: int,
    steps: int,
    heads: int,
    units: int,
    seed: int = 0,
    device: str = "cpu",
    started: bool = True,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Random Wx, R, b, s0 of usual sizes in float32; the states start anywhere, or as cells do."""
    made = torch.Generator().manual_seed(seed)

    def draw(scale: float, *shape: int) -> Tensor:
        return (scale * torch.randn(shape, generator=made)).to(device)

    s0 = draw(0.5, len(cell.states), batch, 1, heads, units)
    if not started or cell.name == "slstm":  # its normaliser cannot be just any number
        for s, state in enumerate(cell.states):
            s0[s] = state.start
    return (
        draw(1.0, batch, steps, len(cell.given), heads, units),
        draw(units**-0.5, len(cell.recurring), heads, units, units),
        draw(0.1, len(cell.gates), heads, units),
        s0,
    )
