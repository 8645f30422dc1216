"""What came of running a network: errors against float64, times beside peers, predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.interpreter.architecture import Leaf

OURS = "archwright"


class WrongResult(RuntimeError):
    """What ran differs from what was modelled: a bug here, never a mistake of the user."""


def bad_tile(leaf: Leaf, reason: ValueError) -> ArchError:
    """What is told of a layer whose tile cannot run."""
    return ArchError(Diagnostic("bad-tile", f"`{leaf.label}`: {reason}", leaf.span, "this tile"))


@dataclass(frozen=True)
class Run:
    """What happened.

    Parameters
    ----------
    network : str
    executed : bool
        Whether it ran and was timed as chosen, rather than only checked.
    max_error : float
        Distance from a float64 reference; the kind of run says in which measure.
    times_ms : mapping
        Median milliseconds a call of every contestant, on one thread.
    ratios : mapping
        Every other contestant's time over ours.
    predicted_ms : float or None
        What the spec's own model expected, where it says.
    notes : tuple of str
    spread_ms : mapping
        The fastest and the slowest round of each contestant.
    """

    network: str
    executed: bool
    max_error: float
    times_ms: Mapping[str, float]
    ratios: Mapping[str, float]
    predicted_ms: float | None
    notes: tuple[str, ...]
    spread_ms: Mapping[str, tuple[float, float]]

    def to_json(self) -> dict[str, Any]:
        """The fields of `archwright run --json`."""
        return {
            "executed": self.executed,
            "max_error": self.max_error,
            "times_ms": dict(self.times_ms),
            "ratios": dict(self.ratios),
            "predicted_ms": self.predicted_ms,
            "notes": list(self.notes),
        }

    def time_lines(self) -> list[str]:
        """One line for each contestant, the prediction and each note."""
        lines = []
        for name, time in self.times_ms.items():
            lo, hi = self.spread_ms.get(name, (time, time))
            ratio = f"  {self.ratios[name]:6.2f}x ours" if name in self.ratios else ""
            lines.append(f"  {name:<10} {time:9.3f} ms  [{lo:.3f} .. {hi:.3f}]{ratio}")
        if self.predicted_ms is not None:
            lines.append(f"  predicted  {self.predicted_ms:9.3f} ms")
        return [*lines, *(f"  note: {note}" for note in self.notes)]
