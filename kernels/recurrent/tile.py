"""The tile of a recurrent kernel: what a solver decides and a generator obeys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

LANES = (1, 2, 4, 8, 16)
FLAGS = ("streaming", "narrow")
NUMBERS = ("lanes", "rows", "vectors", "block", "together", "unroll", "prefetch")


class TileError(ValueError):
    """A tile that cannot run, with the reason in one sentence."""


@dataclass(frozen=True)
class Tile:
    """How one recurrent layer is cut up.

    Parameters
    ----------
    lanes : int
        Numbers in a vector; 1 stands for plain loops without explicit vectors.
    rows : int
        Batch rows of a register tile; some tiles take one row less, so that they even out.
    vectors : int
        Vectors of units per gate in a register tile.
    block : int
        Batch rows that run through time together; divides the batch.
    together : int
        Heads that run through time together; divides the number of heads.
    unroll : int
        Inputs per turn of the inner loop.
    prefetch : int
        Cache lines of the next weights to ask for per input; 0 for none.
    streaming : bool
        Whether states are written past the caches.
    narrow : bool
        Whether recurrent weights are stored in bfloat16; arithmetic stays single precision.
    """

    lanes: int
    rows: int
    vectors: int
    block: int
    together: int = 1
    unroll: int = 2
    prefetch: int = 0
    streaming: bool = False
    narrow: bool = False

    def __post_init__(self) -> None:
        if self.lanes not in LANES:
            raise TileError(f"a vector of {self.lanes} numbers; possible are {LANES}")
        for name in ("rows", "vectors", "block", "together", "unroll"):
            if getattr(self, name) < 1:
                raise TileError(f"{name} is {getattr(self, name)}, at least 1 is needed")
        if self.prefetch < 0:
            raise TileError(f"prefetch is {self.prefetch}, at least 0 is needed")
        if self.lesser_tiles < 0:
            raise TileError(
                f"{self.block} rows do not cut into tiles of {self.rows} and {self.rows - 1} rows"
            )

    @property
    def tiles(self) -> int:
        """Register tiles, one below the other, in a block of batch rows."""
        return -(-self.block // self.rows)

    @property
    def lesser_tiles(self) -> int:
        """How many of them take one row less; negative where the rows do not work out."""
        short = self.tiles * self.rows - self.block
        return short if short <= self.tiles and (self.rows > 1 or not short) else -1

    def fit(self, batch: int, heads: int, units: int) -> None:
        """Raise TileError unless the tile suits a layer of that size."""
        if batch % self.block:
            raise TileError(f"blocks of {self.block} rows do not divide a batch of {batch}")
        if heads % self.together:
            raise TileError(f"groups of {self.together} heads do not divide {heads} heads")
        if self.streaming and units % self.lanes:
            raise TileError(
                f"heads of {units} units are not whole vectors of {self.lanes}, "
                "so their states cannot be written past the caches"
            )

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, Any]) -> Tile:
        """The tile in the arguments of a call of `std.rnn`."""
        told: dict[str, Any] = {n: int(arguments[n]) for n in NUMBERS if n != "prefetch"}
        told["prefetch"] = int(arguments.get("prefetch", 0))
        told |= {name: bool(arguments.get(name, False)) for name in FLAGS}
        return cls(**told)

    def to_json(self) -> dict[str, int | bool]:
        return asdict(self)

    def __str__(self) -> str:
        parts = [f"{self.rows} rows x {self.vectors} x {self.lanes} units in registers"]
        parts.append(f"blocks of {self.block} rows, {self.together} head(s) together")
        parts.append(f"unroll {self.unroll}")
        if self.prefetch:
            parts.append(f"prefetch {self.prefetch} line(s) an input")
        if self.streaming:
            parts.append("states written past the caches")
        if self.narrow:
            parts.append("weights in bfloat16")
        return ", ".join(parts)
