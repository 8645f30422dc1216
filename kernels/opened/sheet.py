"""Feature maps on one sheet of shades: a tile a channel, so that one small picture shows all."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from torch import Tensor

ZERO, GAP = 127, 255  # shades 0 .. 254 go from -reach to reach; 255 is between the tiles
MOST_TILES = 512
LARGEST = 640  # pixels of a side of one map


@dataclass(frozen=True)
class Sheet:
    """Tiles in rows, one shade a byte.

    Attributes
    ----------
    shades : bytes
        Rows of `width` pixels, from the top.
    tile : (int, int)
        Height and width of a tile without the gap around it.
    columns : int
        Tiles in a row.
    count, total : int
        Tiles shown, and there are.
    reach : float
        The number that the darkest shades stand for.
    """

    shades: bytes
    width: int
    height: int
    tile: tuple[int, int]
    columns: int
    count: int
    total: int
    reach: float


def sheet(maps: Tensor, *, reach: float | None = None, first: int = 0, gap: int = 1) -> Sheet:
    """Shades of maps [channels, height, width], all on one scale around 0.

    Parameters
    ----------
    reach : float, optional
        The number of the darkest shade; else the largest absolute value.
    first : int
        The channel of the first tile, where there are more than fit.
    """
    every = np.asarray(maps.detach().cpu().float())
    reach = float(np.abs(every).max(initial=0.0)) if reach is None else reach
    total = every.shape[0]
    some = every[first : first + MOST_TILES]
    step = max(1, -(-max(some.shape[1:]) // (LARGEST if total == 1 else 112)))
    some = some[:, ::step, ::step]
    count, height, width = some.shape
    columns = _columns(count, height, width)
    rows = -(-count // columns)
    whole = np.full((rows * (height + gap) + gap, columns * (width + gap) + gap), GAP, np.uint8)
    shades = _shades(some, reach)
    for i in range(count):
        y, x = gap + i // columns * (height + gap), gap + i % columns * (width + gap)
        whole[y : y + height, x : x + width] = shades[i]
    return Sheet(
        whole.tobytes(),
        whole.shape[1],
        whole.shape[0],
        (height, width),
        columns,
        count,
        total,
        reach,
    )


def _columns(count: int, height: int, width: int) -> int:
    """As many tiles in a row as make the sheet about three times as wide as high."""
    wide = math.sqrt(3.0 * count * (height + 1) / (width + 1))
    return max(1, min(count, round(wide)))


def _shades(values: np.ndarray, reach: float) -> np.ndarray:
    scaled = np.zeros_like(values) if reach == 0 else np.clip(values / reach, -1, 1)
    found: np.ndarray = np.nan_to_num(np.rint(scaled * 127 + ZERO)).astype(np.uint8)
    return found
