"""Run a network on this machine: checked against float64, timed beside torch, predicted before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.interpreter.architecture import Leaf, Network

from . import peers, processor, reference, timing
from .plan import Plan
from .tile import Tile, TileError

if TYPE_CHECKING:
    from torch import Tensor

OURS = "archwright"
TOLERANCE = 3e-6  # of every state against float64; single precision itself is near 4e-7
RUNS = {("std.rnn", "lstm")}


class WrongResult(RuntimeError):
    """A kernel's result is off: a bug here, never a mistake of the user."""


@dataclass(frozen=True)
class Run:
    """What happened.

    Parameters
    ----------
    network : str
    executed : bool
        Whether it ran as tiled; false where its vectors are wider than this machine's, and then it
        was checked but not timed.
    tile : mapping
        Every number of the tile.
    shape : tuple of int
        Batch, steps, gates, heads and units of the pre-activations.
    max_error : float
        Largest distance of any state from the float64 reference.
    times_ms : mapping
        Median milliseconds a call of every contestant, on one thread.
    ratios : mapping
        Every other contestant's time over ours.
    predicted_ms : float or None
        What the spec's own model expected, where it says.
    notes : tuple of str
    """

    network: str
    executed: bool
    tile: dict[str, int | bool]
    shape: tuple[int, ...]
    max_error: float
    times_ms: dict[str, float]
    ratios: dict[str, float]
    predicted_ms: float | None
    notes: tuple[str, ...] = ()
    spread_ms: dict[str, tuple[float, float]] = field(default_factory=dict, repr=False)

    def to_json(self) -> dict[str, Any]:
        """The fields of `archwright run --json`."""
        return {
            "executed": self.executed,
            "tile": self.tile,
            "max_error": self.max_error,
            "times_ms": self.times_ms,
            "ratios": self.ratios,
            "predicted_ms": self.predicted_ms,
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        batch, steps, _, heads, units = self.shape
        lines = [
            f"{self.network}: LSTM, batch {batch}, {steps} steps, {heads} x {units} units",
            f"  tile       {Tile.from_arguments(self.tile)}",
            f"  max error  {self.max_error:.1e} against float64",
        ]
        for name, time in self.times_ms.items():
            lo, hi = self.spread_ms.get(name, (time, time))
            ratio = f"  {self.ratios[name]:6.2f}x ours" if name in self.ratios else ""
            lines.append(f"  {name:<10} {time:9.3f} ms  [{lo:.3f} .. {hi:.3f}]{ratio}")
        if self.predicted_ms is not None:
            lines.append(f"  predicted  {self.predicted_ms:9.3f} ms")
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])


def run(network: Network, *, repeats: int = 7, seed: int = 0) -> Run:
    """Run a network that is one recurrent layer.

    Parameters
    ----------
    network : Network
        With one leaf, `std.rnn.lstm`; its arguments are the tile.
    repeats : int
        Rounds of timing; 0 checks only.
    seed : int
        Of the random weights and inputs.

    Raises
    ------
    ArchError
        `no-builder` for any other network, `bad-tile` for a tile that cannot run.
    WrongResult
        Where the result is further from float64 than single precision explains.
    """
    leaf = _only_leaf(network)
    try:
        tile = Tile.from_arguments(leaf.arguments)
        _, batch, steps, heads, units = leaf.shape
        weights = reference.example(batch, steps, heads, units, seed)
        Wx, R, b, s0 = weights
        plan = Plan(R, b, batch, steps, tile)
    except TileError as reason:
        raise ArchError(Diagnostic("bad-tile", f"`{leaf.label}`: {reason}", None)) from reason
    states = plan.run(Wx, s0)
    expected = reference.lstm(*weights)
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
            contestants |= peers.lstm_peers(*weights, results)
            with timing.one_torch_thread():
                samples = timing.alternating(contestants, repeats)
            loop_error = _distance(results[peers.EAGER].numpy(), expected)
            if not loop_error <= 10 * TOLERANCE:
                raise WrongResult(f"the eager loop is off by {loop_error:.2e}")
        else:
            notes.append(f"torch is not installed: no {peers.EAGER} and no {peers.NN} beside it")
            samples = timing.alternating(contestants, repeats)
    times = timing.medians(samples)
    predicted = float(leaf.costs.get("time", 0)) * 1e3
    return Run(
        network.name,
        executed,
        tile.to_json(),
        (batch, steps, 4, heads, units),
        error,
        times,
        {name: time / times[OURS] for name, time in times.items() if name != OURS},
        predicted or None,
        tuple(notes),
        {name: (min(values) * 1e3, max(values) * 1e3) for name, values in samples.items()},
    )


def _only_leaf(network: Network) -> Leaf:
    leaves = network.leaves
    if len(leaves) == 1 and (leaves[0].module, leaves[0].op) in RUNS:
        return leaves[0]
    other = next((leaf for leaf in leaves if (leaf.module, leaf.op) not in RUNS), None)
    what = (
        f"`{other.label}` is `{other.op}` of {other.module}" if other else "it has several layers"
    )
    raise ArchError(
        Diagnostic(
            "no-builder",
            f"`{network.name}` is not a single recurrent layer with a tile: {what}",
            None,
            notes=("kernels run `std.rnn.lstm`; `archwright build` makes a torch module",),
        )
    )


def _distance(states: Any, expected: reference.Doubles) -> float:
    """Largest absolute difference; infinite where anything is not a number."""
    return float(np.nan_to_num(np.abs(states - expected), nan=np.inf).max())
