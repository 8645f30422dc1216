"""Run a recurrent layer with its tile: checked against float64, timed beside torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.interpreter.architecture import Network

from .. import timing
from ..cells.cell import Cell
from ..cells.standard import CELLS
from ..machine import processor
from ..outcome import OURS, Run, WrongResult, bad_tile
from . import peers, reference
from .packing import from_bfloat16, to_bfloat16
from .pick import pick
from .plan import Plan
from .tile import Tile, TileError

if TYPE_CHECKING:
    from torch import Tensor

TOLERANCE = 3e-6  # of every state against float64; single precision itself is near 4e-7


@dataclass(frozen=True, repr=False)
class RecurrentRun(Run):
    """A recurrent layer that ran with its tile; errors are absolute, over all states.

    Parameters
    ----------
    cell : str
    tile : mapping
        Every number of the tile.
    shape : tuple of int
        Batch, steps, gates, heads and units of the pre-activations.
    picked : str
        Which kernel is the fastest for such a layer on this machine, and why; empty where it was
        not timed.
    """

    cell: str
    tile: dict[str, int | bool]
    shape: tuple[int, ...]
    picked: str

    def to_json(self) -> dict[str, Any]:
        """The fields of `archwright run --json`."""
        return {"cell": self.cell, "tile": self.tile, "picked": self.picked} | super().to_json()

    def __repr__(self) -> str:
        batch, steps, _, heads, units = self.shape
        return "\n".join(
            [
                f"{self.network}: {self.cell}, batch {batch}, {steps} steps, "
                f"{heads} x {units} units",
                f"  tile       {Tile.from_arguments(self.tile)}",
                f"  max error  {self.max_error:.1e} against float64",
                *self.time_lines(),
                *([f"  picked     {self.picked}"] if self.picked else []),
            ]
        )


def accepts(network: Network) -> bool:
    """Whether the network is one recurrent layer that carries its tile."""
    leaves = network.leaves
    return len(leaves) == 1 and (leaves[0].module, leaves[0].op) == ("std.rnn", "recurrent")


def run(network: Network, *, repeats: int = 7, seed: int = 0) -> RecurrentRun:
    """Run a network that is one recurrent layer with the tile that it carries.

    Parameters
    ----------
    network : Network
        With one leaf, `std.rnn.recurrent`; its arguments are the tile.
    repeats : int
        Rounds of timing; 0 checks only.
    seed : int
        Of the random weights and inputs.

    Raises
    ------
    ArchError
        `bad-tile` for a tile that cannot run.
    WrongResult
        Where the result is further from float64 than single precision explains.
    """
    (leaf,) = network.leaves
    cell = _cell(network)
    try:
        tile = Tile.from_arguments(leaf.arguments)
        _, batch, steps, heads, units = leaf.shape
        weights = reference.example(cell, batch, steps, heads, units, seed)
        Wx, R, b, s0 = weights
        plan = Plan(R, b, batch, steps, tile, cell)
    except TileError as reason:
        raise bad_tile(leaf, reason) from reason
    states = plan.run(Wx, s0)
    rounded = from_bfloat16(to_bfloat16(R)) if tile.narrow else R
    expected = reference.states(cell, Wx, rounded, b, s0)
    error = _distance(states, expected)
    if not error <= TOLERANCE:
        raise WrongResult(f"states are off by {error:.2e}, {TOLERANCE:.0e} is allowed: {tile}")
    notes: list[str] = []
    here = processor.registers().lanes
    executed = tile.lanes <= here
    if not executed:
        notes.append(
            f"tiled for vectors of {tile.lanes} numbers, this machine has {here}: "
            "checked, but not timed"
        )
    samples: dict[str, list[float]] = {}
    if executed and repeats:
        contestants: dict[str, Any] = {OURS: lambda: plan.run(Wx, s0)}
        if peers.has_torch():
            results: dict[str, Tensor] = {}
            contestants |= peers.contestants(cell, Wx, rounded, b, s0, results)
            with timing.one_torch_thread():
                samples = timing.alternating(contestants, repeats)
            loop_error = _distance(results[peers.EAGER].numpy(), expected)
            if not loop_error <= 10 * TOLERANCE:
                raise WrongResult(f"the eager loop is off by {loop_error:.2e}")
        else:
            notes.append(
                f"torch is not installed: no {peers.EAGER} and no layer of its own beside it"
            )
            samples = timing.alternating(contestants, repeats)
    times = timing.medians(samples)
    predicted = float(leaf.costs.get("time", 0)) * 1e3
    return RecurrentRun(
        network.name,
        executed,
        error,
        times,
        {name: time / times[OURS] for name, time in times.items() if name != OURS},
        predicted or None,
        tuple(notes),
        {name: (min(values) * 1e3, max(values) * 1e3) for name, values in samples.items()},
        cell.name,
        tile.to_json(),
        Wx.shape,
        str(pick(cell, batch, steps, heads, units)) if executed and repeats else "",
    )


def _cell(network: Network) -> Cell:
    """The leaf's cell, if the kernels know it."""
    (leaf,) = network.leaves
    name = getattr(leaf.arguments["cell"], "name", "")
    if name not in CELLS:
        raise ArchError(
            Diagnostic(
                "no-builder",
                f"`{leaf.label}` is a cell of the caller's own, which a spec has only the numbers "
                "of: `Plan` runs it from Python",
                leaf.span,
                "this layer",
            )
        )
    return CELLS[name]


def _distance(states: Any, expected: reference.Doubles) -> float:
    """Largest absolute difference; infinite where anything is not a number."""
    return float(np.nan_to_num(np.abs(states - expected), nan=np.inf).max())
