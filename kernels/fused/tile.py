"""The tile of a fused block: what a solver decides and a generator obeys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from .block import Block

LANES = (4, 8, 16)


class TileError(ValueError):
    """A tile that cannot run, with the reason in one sentence."""


@dataclass(frozen=True)
class Tile:
    """How one block on an image of one size is cut up.

    Where pixels do not come out even, the last tile starts earlier and computes some of them twice.

    Parameters
    ----------
    lanes : int
        Channels in a vector.
    widen_pixels, widen_vectors : int
        Pixels of a row, and vectors of channels, that are widened in registers.
    filter_pixels : int
        Pixels of a row of the result that are filtered in registers, one vector of channels.
    project_pixels, project_vectors : int
        Pixels, across rows, and vectors of channels that are projected in registers.
    blocks : int
        Blocks of rows of the result, one after the other; their rows differ by at most one.
    """

    lanes: int
    widen_pixels: int
    widen_vectors: int
    filter_pixels: int
    project_pixels: int
    project_vectors: int
    blocks: int

    def __post_init__(self) -> None:
        if self.lanes not in LANES:
            raise TileError(f"a vector of {self.lanes} numbers; possible are {LANES}")
        for field in fields(self):
            if getattr(self, field.name) < 1:
                raise TileError(f"{field.name} is {getattr(self, field.name)}, not at least 1")

    def fit(self, block: Block, height: int, width: int) -> None:
        """Raise TileError unless the tile suits that block on an image of that size."""
        rows, columns = block.after(height, width)
        if min(rows, columns) < 1:
            raise TileError(f"nothing comes out of an image of {height} x {width}")
        if block.gate and self.blocks > 1:
            raise TileError(f"a gate needs all rows at once, not {self.blocks} blocks of them")
        if self.blocks > rows:
            raise TileError(f"{rows} rows do not fall into {self.blocks} blocks")
        if self.widen_pixels > width:
            raise TileError(f"{self.widen_pixels} pixels to widen in rows of {width}")
        if self.filter_pixels > columns:
            raise TileError(f"{self.filter_pixels} pixels to filter in rows of {columns}")
        least = rows // self.blocks * columns
        if self.project_pixels > least:
            raise TileError(f"{self.project_pixels} pixels to project in a block of {least}")

    @classmethod
    def from_choices(cls, choices: Mapping[str, Any], lanes: int) -> Tile:
        """The tile of an answer's choices."""
        names = [field.name for field in fields(cls) if field.name != "lanes"]
        return cls(lanes=lanes, **{name: int(choices[name]) for name in names})

    def to_json(self) -> dict[str, int]:
        return asdict(self)

    def __str__(self) -> str:
        return (
            f"widen {self.widen_pixels} pixels x {self.widen_vectors}x{self.lanes} channels, "
            f"filter {self.filter_pixels} pixels, "
            f"project {self.project_pixels} pixels x {self.project_vectors}x{self.lanes} channels, "
            f"{self.blocks} block(s) of rows"
        )
