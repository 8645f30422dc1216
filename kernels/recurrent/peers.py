"""What a recurrent kernel is measured against: torch's own ways to run the same layer."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ..arrays import Floats
from ..cells.cell import Cell
from ..cells.expression import gate, state
from ..cells.standard import CELLS

if TYPE_CHECKING:
    from torch import Tensor

EAGER = "eager loop"
MODULES = {"lstm": "LSTM", "gru": "GRU", "elman": "RNN"}  # torch's, by cell


def has_torch() -> bool:
    """Whether torch is installed."""
    return find_spec("torch") is not None


def module_name(cell: Cell) -> str | None:
    """What torch's own layer of that cell is called; None where there is none."""
    known = CELLS.get(cell.name) is cell and cell.name in MODULES
    return f"nn.{MODULES[cell.name]}" if known else None


def eager_loop(cell: Cell, Wx: Tensor, R: Tensor, b: Tensor, s0: Tensor) -> Tensor:
    """A cell in torch operations: one batched product a step, the heads being the batch."""
    import torch

    from ..cells import as_torch

    recurring, heads, units, _ = R.shape
    batch = Wx.shape[0]
    weights = R.permute(1, 3, 0, 2).reshape(heads, units, recurring * units)
    biases = b[:, :, None]  # [G, N, 1, D]
    given = list(cell.given)
    inputs = Wx.permute(1, 2, 3, 0, 4) + biases[given]  # [T, Gw, N, B, D]
    former = list(s0[:, :, 0].transpose(1, 2).unbind(0))  # [N, B, D]
    steps = []
    for x in inputs.unbind(0):
        gathered = torch.bmm(former[0], weights).view(heads, batch, recurring, units).unbind(2)
        sums = [biases[g].expand_as(former[0]) for g in range(len(cell.gates))]
        for place, g in enumerate(given):
            sums[g] = x[place]
        for place, g in enumerate(cell.recurring):
            sums[g] = sums[g] + gathered[place]
        leaves = {gate(kind.name): value for kind, value in zip(cell.gates, sums, strict=True)}
        leaves |= {state(kind.name): value for kind, value in zip(cell.states, former, strict=True)}
        former = as_torch.step(cell.update, leaves)
        steps.append(torch.stack(former))
    return torch.stack(steps, 3).permute(0, 2, 3, 1, 4)


def module_call(cell: str, batch: int, steps: int, heads: int, units: int) -> Callable[[], object]:
    """Torch's own layers, one for each head with inputs of size 1, as a call without arguments.

    They read no pre-activations, which flatters them against everything that does, and their
    projection costs next to nothing. Their gates come in another order, which changes no time.
    """
    import torch

    made = getattr(torch.nn, MODULES[cell])
    modules = [made(1, units, batch_first=True) for _ in range(heads)]
    thin = torch.randn(batch, steps, 1)

    def call() -> None:
        with torch.inference_mode():
            for module in modules:
                module(thin)

    return call


def contestants(
    cell: Cell, Wx: Floats, R: Floats, b: Floats, s0: Floats, results: dict[str, Tensor]
) -> dict[str, Callable[[], object]]:
    """The contestants in torch, each a call without arguments.

    Parameters
    ----------
    results : dict
        The eager loop's last result lands here under its name, so that it can be checked.
    """
    import torch

    batch, steps, _, heads, units = Wx.shape
    tensors = [torch.from_numpy(array) for array in (Wx, R, b, s0)]

    def loop() -> None:
        with torch.inference_mode():
            results[EAGER] = eager_loop(cell, *tensors)

    calls: dict[str, Callable[[], object]] = {EAGER: loop}
    name = module_name(cell)
    if name is not None:
        calls[name] = module_call(cell.name, batch, steps, heads, units)
    return calls
