"""Results and gradients against float64 on odd sizes, each cell; the tests do so on many more."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch

from archwright.kernels.cells.cell import Cell
from archwright.kernels.cells.standard import CELLS
from archwright.kernels.recurrent.choose import candidate
from archwright.kernels.recurrent.functional import plain
from archwright.kernels.recurrent.reference import example, states
from archwright.kernels.recurrent.training import TrainingPlan

from .part import RECURRENT, Found, Part
from .row import Row

FORWARD, GRADIENT = 3e-6, 2e-6
SIZES = [(1, 48, 33, 1), (5, 16, 33, 3), (7, 48, 2, 3)]  # rows, units, steps, heads


def measure(cell: str, rounds: int) -> dict[str, Any]:
    """The largest errors over all odd sizes, of ours and of the same in torch's floats."""
    found = {"forward": 0.0, "gradient": 0.0, "torch_forward": 0.0, "torch_gradient": 0.0}
    for sizes in SIZES:
        for name, error in _at(CELLS[cell], *sizes).items():
            found[name] = max(found[name], float(np.nan_to_num(error, nan=np.inf)))
    return found


def _at(cell: Cell, batch: int, units: int, steps: int, heads: int) -> dict[str, float]:
    given = example(cell, batch, steps, heads, units, seed=batch + steps + units)
    Wx, R, b, s0 = tensors = [torch.from_numpy(x) for x in given]
    expected = states(cell, *given)
    run = candidate(cell.name, given[1], given[2], batch, steps)
    arriving = torch.randn(
        expected.shape, generator=torch.Generator().manual_seed(steps), dtype=torch.float32
    )
    exact = _gradients(cell, [t.double() for t in tensors], arriving.double())
    single = _gradients(cell, tensors, arriving)
    plan = TrainingPlan(R, b, batch, steps, cell=cell)
    plan.forward(Wx, s0)
    ours = plan.backward(arriving)
    loop = plain(*tensors, cell=cell).numpy()
    return {
        "forward": float(np.abs(np.asarray(run(given[0], given[3])) - expected).max()),
        "torch_forward": float(np.abs(loop - expected).max()),
        "gradient": _relative(ours, exact),
        "torch_gradient": _relative(single, exact),
    }


def _gradients(cell: Cell, given: list[Any], arriving: Any) -> list[Any]:
    leaves = [t.detach().clone().requires_grad_() for t in given]
    return list(torch.autograd.grad(plain(*leaves, cell=cell), leaves, arriving))


def _relative(found: Any, expected: Any) -> float:
    """The largest difference of any gradient, by that gradient's largest number."""
    return max(
        float((a - b).abs().max() / b.abs().max().clamp_min(1e-30))
        for a, b in zip(found, expected, strict=True)
    )


def _rows(found: Found) -> list[Row]:
    rows = []
    for name, goal, what in (
        ("forward", FORWARD, "largest error of states"),
        ("gradient", GRADIENT, "largest relative error of gradients"),
    ):
        here = [f[name] for f in found.values()]
        torchs = [f[f"torch_{name}"] for f in found.values()]
        whole = set(found) == set(CELLS)
        rows.append(
            Row(
                f"{what}, {len(CELLS)} cells x {len(SIZES)} odd sizes (limit: torch's floats)",
                goal, max(here) if whole else None, "",
                least=False, limit=max(torchs) if whole else None,
            )
        )  # fmt: skip
    return rows


PART = Part(
    "errors",
    (*RECURRENT, "benchmarks/kernels/errors.py"),
    {cell: partial(measure, cell) for cell in CELLS},
    _rows,
)
