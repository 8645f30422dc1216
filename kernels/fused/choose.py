"""The tile of a block, as the answer of the spec `block_tile.arch` for a machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from archwright.solvers.control import Control

from .. import generated
from .block import Block, UnsuitableBlock
from .tile import Tile

SPEC = Path(__file__).parent / "block_tile.arch"
RECORD = "host"


@dataclass(frozen=True)
class Chosen:
    """A tile with what the spec says of it.

    Parameters
    ----------
    tile : Tile
    seconds : float
        What its model expects for one image.
    reason : str
        One line a step.
    """

    tile: Tile
    seconds: float
    reason: str


@cache
def _spec() -> Any:
    from archwright.dsl.load import load

    return load(SPEC)


def choose(
    block: Block,
    height: int,
    width: int,
    least: int = 1,
    machine: Mapping[str, Fraction | int] | None = None,
) -> Chosen:
    """The best tile for a block on an image of that size, proved so under the spec's model.

    Parameters
    ----------
    block : Block
    height, width : int
        Of the input.
    least : int
        Blocks of rows that there must be, so that several threads have work.
    machine : mapping, optional
        Fields of `std.cpu.Cpu` in base units; this machine's, if left out.

    Raises
    ------
    UnsuitableBlock
        Where sizes are beyond those of the spec.
    """
    from ..machine.probe import probe

    fields = probe() if machine is None else machine
    rows, columns = block.after(height, width)
    sizes = {
        "rows": rows,
        "columns": columns,
        "gate": block.gate.channels if block.gate else 0,
        "height": height,
        "width": width,
        "inputs": block.inputs,
        "middle": block.middle,
        "outputs": block.outputs,
        "kernel": block.kernel,
        "stride": block.stride,
        "widens": block.widens,
        "least": least,
    }
    return _choose(tuple(sizes.items()), tuple(sorted(fields.items())))


@cache
def _choose(sizes: tuple[tuple[str, Any], ...], fields: tuple[tuple[str, Any], ...]) -> Chosen:
    from archwright.dsl.diagnostics import ArchError
    from archwright.interpreter.bind import bind
    from archwright.interpreter.questions import Model

    try:
        model = Model(bind(_spec(), dict(sizes), hardware={RECORD: dict(fields)}))
        answer = model.solve(control=Control(progress=generated.tell))
    except ArchError as error:
        raise UnsuitableBlock(f"no tile: {error.diagnostics[0].message}") from error
    if answer.architecture is None:
        raise UnsuitableBlock(f"no tile: the spec is {answer.status} for {dict(sizes)}")
    values = answer.architecture.values
    lanes: Any = values["lanes"]
    tile = Tile.from_choices(answer.choices, int(lanes))
    return Chosen(tile, _base(values["time"]), _reason(tile, values, dict(sizes), dict(fields)))


def _base(quantity: Any) -> float:
    """The number of a quantity in base units."""
    return float(getattr(quantity, "value", quantity))


def _reason(
    tile: Tile, values: Mapping[str, Any], sizes: Mapping[str, Any], fields: Mapping[str, Any]
) -> str:
    """Why this tile: registers, busiest units, and room."""
    registers = int(fields["vector_registers"])

    def sums(pixels: int, vectors: int) -> str:
        used = pixels * vectors + vectors + 1
        tile_size = f"{pixels} pixels x {vectors} x {tile.lanes} channels"
        return f"{tile_size} in {used} of {registers} registers"

    filter_used = tile.filter_pixels + int(sizes["kernel"]) + 1
    steps = [
        f"widen:   {sums(tile.widen_pixels, tile.widen_vectors)}, "
        f"{float(values['widen']):_.0f} cycles",
        f"filter:  {tile.filter_pixels} pixels in {filter_used} of {registers} registers, "
        f"{float(values['filter']):_.0f} cycles",
        f"project: {sums(tile.project_pixels, tile.project_vectors)}, "
        f"{float(values['project']):_.0f} cycles",
        f"rows:    {tile.blocks} block(s) of {values['tall']}, planes between the steps take "
        f"{values['near']}",
        f"time:    arithmetic {values['arithmetic']}, traffic {values['traffic']}, "
        f"expected {values['time']}",
    ]
    return "\n".join(steps if sizes["widens"] else steps[1:])
