"""The tile of a kernel on a GPU: what the solver decides and the generator obeys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

ROWS, UNITS, DEPTHS = (16, 32, 64), (16, 32, 64, 128), (16, 32, 64, 128)
WARPS, STAGES = (1, 2, 4, 8, 16), (1, 2, 3, 4)


class GpuTileError(ValueError):
    """A tile that cannot run, with the reason in one sentence."""


@dataclass(frozen=True)
class GpuTile:
    """How one pass of a recurrent layer is cut into programs.

    Parameters
    ----------
    rows : int
        Batch rows of a program; matrix units want 16 at least, missing ones are masked.
    units : int
        Units of a head in a program. Where they cover the head, h never leaves the program.
    depth : int
        Inputs of one product; the head is padded to a multiple of it and of `units`.
    warps : int
        Of 32 threads, in a program.
    stages : int
        Buffers of the pipeline that reads weights anew; 1 where they are resident.
    resident : bool
        Whether the program's weights stay in shared memory for all steps.
    """

    rows: int
    units: int
    depth: int
    warps: int
    stages: int = 1
    resident: bool = True

    def __post_init__(self) -> None:
        allowed = {"rows": ROWS, "units": UNITS, "depth": DEPTHS, "warps": WARPS, "stages": STAGES}
        for name, values in allowed.items():
            if getattr(self, name) not in values:
                raise GpuTileError(f"{name} is {getattr(self, name)}; possible are {values}")

    def padded(self, units: int) -> int:
        """The head's units, with those that only fill up tiles."""
        step = max(self.units, self.depth)
        return -(-units // step) * step

    def parts(self, units: int) -> int:
        """Programs that share a head and a tile of rows."""
        return self.padded(units) // self.units

    def tiles(self, batch: int) -> int:
        """Tiles of rows in a batch."""
        return -(-batch // self.rows)

    def fit(self, units: int) -> None:
        """Raise `GpuTileError` where the tile does not suit heads of that many units."""
        if self.parts(units) == 1 and self.depth != self.units:
            raise GpuTileError(
                f"one program holds the head, so its products have a depth of {self.units}, "
                f"not {self.depth}"
            )
        if self.parts(units) == 1 and not self.resident:
            raise GpuTileError("one program holds the head, so its weights are resident")

    def to_json(self) -> dict[str, int | bool]:
        """Every number of the tile by name."""
        return asdict(self)

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, Any]) -> GpuTile:
        """The tile in the arguments of a call of `std.persistent`."""
        numbers = {name: int(arguments[name]) for name in ("rows", "units", "depth", "warps")}
        return cls(**numbers, stages=int(arguments["stages"]), resident=bool(arguments["resident"]))

    def __str__(self) -> str:
        kept = "resident" if self.resident else f"read each step in {self.stages} stages"
        return (
            f"{self.rows} rows x {self.units} units, depth {self.depth}, "
            f"{self.warps} warps, weights {kept}"
        )
