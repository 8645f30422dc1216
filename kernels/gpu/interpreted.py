"""Run kernels in Triton's interpreter, in a process of its own, against float64.

`python -m archwright.kernels.gpu.interpreted` reads cases as JSON from standard input, one list,
and answers with one list of errors. The interpreter is a property of the process: it must be
switched on before any kernel is defined, and slows all of them a thousandfold.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .tile import GpuTile

MODULE = "archwright.kernels.gpu.interpreted"
NAMES = ("states", "dWx", "dR", "db", "ds0")


@dataclass(frozen=True)
class Case:
    """One layer to interpret; `cell` is a name of `standard.CELLS`, or `module:attribute`."""

    cell: str
    batch: int
    steps: int
    heads: int
    units: int
    tile: GpuTile
    weights: str = "fp32"
    training: bool = True
    seed: int = 0
    nan: bool = False


def interpret(
    cases: Sequence[Case], timeout: float = 300.0, folder: str | Path | None = None
) -> list[dict[str, Any]]:
    """Errors of each case against float64: `states` absolute, gradients relative to their norm.

    Parameters
    ----------
    cases : sequence of Case
    timeout : float
        Seconds for all of them.
    folder : path, optional
        Where modules with cells of one's own are found.

    Raises
    ------
    RuntimeError
        Where the process fails, with the end of what it told.
    """
    environment = dict(os.environ, TRITON_INTERPRET="1")
    if folder is not None:
        paths = [str(folder), environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    done = subprocess.run(
        [sys.executable, "-m", MODULE],
        input=json.dumps([asdict(case) for case in cases]),
        capture_output=True, text=True, timeout=timeout, env=environment,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"the interpreter failed:\n{done.stderr[-2000:]}")
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def _cell(name: str) -> Any:
    from ..cells.standard import CELLS

    if ":" not in name:
        return CELLS[name]
    from importlib import import_module

    module, attribute = name.split(":")
    return getattr(import_module(module), attribute)


def check(
    case: Case, device: str = "cpu", programs: int = 1, backward: GpuTile | None = None
) -> dict[str, Any]:
    """Errors of one case, in whatever mode this process runs kernels.

    Parameters
    ----------
    case : Case
    device : str
    programs : int
        How many the device holds at once.
    backward : GpuTile, optional
        The backward pass's tile, where it is another.
    """
    import torch

    from ..recurrent import peers, reference
    from .gradient import Recurrence
    from .launch import Layer

    cell = _cell(case.cell)
    sizes = (case.batch, case.steps, case.heads, case.units)
    layer = Layer(cell, *sizes, weights=case.weights, programs=programs, one_step=device == "cpu")
    inputs = [torch.from_numpy(x).to(device) for x in reference.example(cell, *sizes, case.seed)]
    if case.nan:
        inputs[0][0, 0, 0, 0, 0] = float("nan")
    inputs[1].copy_(inputs[1].to(layer.dtype))  # so that both sides have the same weights
    ours = [x.clone().requires_grad_(case.training) for x in inputs]
    exact = [x.double().requires_grad_(case.training) for x in inputs]
    found = Recurrence.apply(*ours, layer, case.tile, backward or case.tile)  # type: ignore[no-untyped-call]
    expected = peers.eager_loop(cell, *exact)
    told: dict[str, Any] = {
        "states": _far(found, expected),
        "relative": _relative(found.detach(), expected.detach()),
    }
    if case.nan:
        spread = found.isnan() == expected.isnan()
        return {"same_nan": bool(spread.all()), "nans": int(found.isnan().sum())}
    if case.training:
        made = torch.Generator().manual_seed(case.seed + 1)
        arriving = torch.randn(expected.shape, generator=made).to(device)
        torch.autograd.backward(found, arriving)
        torch.autograd.backward(expected, arriving.double())
        for name, mine, theirs in zip(NAMES[1:], ours, exact, strict=True):
            told[name] = _relative(mine.grad, theirs.grad)
    return told


def _far(found: Any, expected: Any) -> float:
    import torch

    distance = torch.nan_to_num((found.double() - expected).detach().abs(), nan=float("inf"))
    return float(distance.max())


def _relative(found: Any, expected: Any) -> float:
    import torch

    distance = torch.nan_to_num(found.double() - expected, nan=float("inf"))
    return float(distance.norm() / expected.norm().clamp_min(1e-30))


def main() -> None:
    """Answer the cases on standard input."""
    cases = [Case(**{**given, "tile": GpuTile(**given["tile"])}) for given in json.load(sys.stdin)]
    print(json.dumps([check(case) for case in cases]))


if __name__ == "__main__":
    main()
