"""What gradients should be: float64 autograd over the cell's graph, written as a loop in torch."""

from __future__ import annotations

from typing import Any

import torch

from archwright.kernels.cells.cell import Cell
from archwright.kernels.recurrent.functional import plain
from archwright.kernels.recurrent.reference import example

TOLERANCE = 2e-6


def tensors(cell: Cell, batch: int, steps: int, heads: int, units: int) -> list[Any]:
    """Wx, R, b, s0 and what arrives at the states."""
    given = example(cell, batch, steps, heads, units, seed=batch + steps + units)
    generator = torch.Generator().manual_seed(steps)
    arriving = torch.randn(len(cell.states), batch, steps, heads, units, generator=generator)
    return [*map(torch.from_numpy, given), arriving]


def exact(cell: Cell, given: list[Any], arriving: Any, last: Any = None) -> list[Any]:
    """Gradients of Wx, R, b and s0."""
    leaves = [t.detach().double().requires_grad_() for t in given]
    states = plain(*leaves, cell=cell)
    loss = (states * arriving.double()).sum()
    if last is not None:
        loss = loss + (states[:, :, -1:] * last.double()).sum()
    return list(torch.autograd.grad(loss, leaves))


def error(found: Any, expected: list[Any]) -> float:
    """The largest difference of any gradient, relative to that gradient's largest number."""
    return max(
        float((a - b).abs().max() / b.abs().max().clamp_min(1e-30))
        for a, b in zip(found, expected, strict=True)
    )
