"""The tile of a layer, as the answer of the spec `lstm_tile.arch` for a machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from .plan import Plan
from .tile import Tile

SPEC = Path(__file__).parent / "lstm_tile.arch"
NETWORK, RECORD = "layer", "host"


@cache
def _spec() -> Any:
    from archwright.dsl.load import load

    return load(SPEC)


def choose(
    batch: int,
    steps: int,
    heads: int,
    units: int,
    machine: Mapping[str, Fraction | int] | None = None,
) -> Tile:
    """The best tile for an LSTM layer, proved so under the spec's model.

    Parameters
    ----------
    batch, steps, heads, units : int
    machine : mapping, optional
        Fields of `std.cpu.Cpu` in base units; this machine's, if left out.
    """
    from ..machine.probe import probe

    fields = probe() if machine is None else machine
    return _choose(batch, steps, heads, units, tuple(sorted(fields.items())))


@cache
def _choose(
    batch: int, steps: int, heads: int, units: int, fields: tuple[tuple[str, Any], ...]
) -> Tile:
    from archwright.interpreter.bind import bind
    from archwright.interpreter.questions import Model

    sizes = {"batch": batch, "steps": steps, "heads": heads, "head": units}
    answer = Model(bind(_spec(), sizes, hardware={RECORD: dict(fields)})).solve()
    if answer.architecture is None:
        raise RuntimeError(f"no tile for {sizes}: the spec is {answer.status}")
    (leaf,) = answer.architecture.networks[NETWORK].leaves
    return Tile.from_arguments(leaf.arguments)


def candidate(cell: str, R: Any, b: Any, batch: int, steps: int) -> Callable[[Any, Any], Any]:
    """A plan's `run` for these weights with the solved tile; what it returns holds until its next
    call."""
    _, heads, units, _ = R.shape
    return Plan(R, b, batch, steps, choose(batch, steps, heads, units), cell).run
