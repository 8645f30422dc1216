"""Memory as the kernels want it: aligned, and weights in the order in which they are read."""

from __future__ import annotations

import numpy as np

from ..arrays import Floats, aligned, round_up
from .tile import Tile

APART = 16  # numbers between rows of a state buffer, so that rows do not share cache sets


def row_length(units: int, tile: Tile) -> int:
    """Numbers in a row of a state buffer: whole vectors, whole turns, and a gap."""
    return max(round_up(units, tile.lanes), round_up(units, tile.unroll)) + APART


def edge_vectors(units: int, tile: Tile) -> int:
    """Vectors in the last block of units where it is smaller or partial, else 0."""
    whole = units % (tile.lanes * tile.vectors) == 0
    return 0 if whole else (-(-units // tile.lanes) - 1) % tile.vectors + 1


def pack(R: Floats, b: Floats, tile: Tile) -> tuple[Floats, int]:
    """Weights in reading order, and the inputs per head that they hold.

    One row per head; in it, block by block of units: the bias, then for every input one line of
    all gates' units. Units are padded to whole vectors and inputs to whole turns, with zeros, so
    that padding units stay zero for ever.

    Parameters
    ----------
    R : array [G, N, D, D]
        R[g, n, d_out, d_in].
    b : array [G, N, D]
    tile : Tile
    """
    gates, heads, units, _ = R.shape
    depth = round_up(units, tile.unroll)
    padded = round_up(units, tile.lanes)
    every = np.zeros((heads, depth + 1, gates, padded), np.float32)
    every[:, 0, :, :units] = b.transpose(1, 0, 2)
    every[:, 1 : units + 1, :, :units] = R.transpose(1, 3, 0, 2)
    packed = aligned((heads, (depth + 1) * gates * padded))
    width = tile.lanes * tile.vectors
    place = 0
    for first in range(0, padded, width):
        block = every[:, :, :, first : first + width].reshape(heads, -1)
        packed[:, place : place + block.shape[1]] = block
        place += block.shape[1]
    return packed, depth
