"""The tile of a layer on a card, as the answer of the spec `persistent_gpu.arch`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from ..cells.cell import Cell
from ..cells.expression import ordered
from ..cells.standard import CELLS
from .tile import GpuTile, GpuTileError

SPEC = Path(__file__).parent / "persistent_gpu.arch"
NETWORK, RECORD = "layer", "card"
# results of special functions, which a multiprocessor makes at an eighth of the rate of sums
SPECIAL = {"exp": 1, "log": 1, "divide": 1, "sigmoid": 2, "tanh": 2, "log_sigmoid": 2}
BITS = {"bf16": 16, "fp16": 16, "fp32": 32}


@dataclass(frozen=True)
class Choice:
    """A tile with what the model said about it.

    Parameters
    ----------
    tile : GpuTile
    milliseconds : float
        Predicted for all steps.
    shared : int
        Bytes of shared memory that a program takes at most.
    programs : int
        At work at once.
    values : mapping
        The spec's values by name.
    """

    tile: GpuTile
    milliseconds: float
    shared: int
    programs: int
    values: Mapping[str, Any]

    def explain(self) -> str:
        """Why this tile: where the cycles of a step go, and what is held where."""
        told = self.values
        slowest = max(("products", "reads", "waits"), key=lambda name: float(told[name]))
        parts = [
            f"{name} {float(told[name]):.0f}"
            for name in (slowest, "pointwise", "handing", "exchange")
        ]
        return "\n".join(
            [
                f"{self.tile}: proved fastest of all legal tiles under the model",
                f"  {told['parts']} programs share a head, {self.programs} at work at once, "
                f"{told['launches']} launches",
                f"  weights of a program {told['slice']}, shared memory {self.shared} B, "
                f"about {told['registers']} registers a thread",
                f"  {float(told['step']):.0f} cycles a step: {', '.join(parts)}",
                f"  predicted {self.milliseconds:.3f} ms",
            ]
        )


def counts(cell: Cell, backward: bool = False) -> dict[str, int]:
    """The cell's numbers that the spec asks for."""
    graph = ordered(cell.backward if backward else cell.update)
    return {
        "gates": len(cell.gates),
        "given": len(cell.given),
        "recurring": len(cell.recurring),
        "states": len(cell.states),
        "special": sum(SPECIAL.get(x.op, 0) for x in graph),
    }


@cache
def _spec() -> Any:
    from archwright.dsl.load import load

    return load(SPEC)


def choose(
    cell: Cell,
    batch: int,
    steps: int,
    heads: int,
    units: int,
    *,
    card: str = "h200",
    weights: str = "bf16",
    backward: bool = False,
    programs: int | None = None,
) -> Choice:
    """The fastest tile under the spec's model of the card, proved so.

    Parameters
    ----------
    card : str
        A record of `std.gpu`: a100, h100, h200, …
    weights : str
        bf16, fp16 or fp32.
    backward : bool
        For the backward pass.
    programs : int, optional
        Multiprocessors, where the device has others than the record: a part of a card, say.

    Raises
    ------
    ArchError
        Where there is no such card.
    GpuTileError
        Where no tile is legal, with what contradicts.
    """
    return _choose(cell, batch, steps, heads, units, card, weights, backward, programs)


def specified(
    cell: Cell, weights: str = "bf16", backward: bool = False, card: str = "h200"
) -> dict[str, object]:
    """Parameters of the spec for a cell on a card, sizes apart."""
    standard = CELLS.get(cell.name) is cell
    return {
        "cell": cell.name if standard else "lstm",  # whose numbers `counts` then replaces
        "weights": BITS[weights],
        "pass": "backward" if backward else "forward",
        RECORD: card if "." in card else f"std.gpu.{card}",
        **counts(cell, backward),
    }


@lru_cache(maxsize=1024)
def _choose(
    cell: Cell,
    batch: int,
    steps: int,
    heads: int,
    units: int,
    card: str,
    weights: str,
    backward: bool,
    programs: int | None,
) -> Choice:
    from archwright.interpreter.bind import bind
    from archwright.interpreter.questions import Model

    sizes = {"batch": batch, "steps": steps, "heads": heads, "head": units}
    parameters = {**sizes, **specified(cell, weights, backward, card)}
    hardware = {f"{RECORD}.sms": programs} if programs is not None else None
    model = Model(bind(_spec(), parameters, hardware=hardware))
    answer = model.solve()
    if answer.architecture is None:
        conflict = model.explain()
        names = ", ".join(sorted({x.name for x in conflict.members} if conflict else ()))
        raise GpuTileError(
            f"no tile of {cell.name} with heads of {units} units fits {card}"
            f"{'' if programs is None else f' with {programs} multiprocessors'}: "
            f"{names} contradict each other"
        )
    (leaf,) = answer.architecture.networks[NETWORK].leaves
    values = answer.values
    return Choice(
        GpuTile.from_arguments(leaf.arguments),
        float(leaf.costs["time"]) * 1e3,
        int(values["shared"]),
        int(values["busy"]),
        dict(values),
    )
