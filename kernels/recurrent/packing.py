"""Weights in the order in which the kernels read them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats, aligned, round_up
from ..cells.cell import Cell
from .tile import Tile

APART = 16  # numbers between rows of a state buffer, so that rows do not share cache sets


def row_length(units: int, tile: Tile) -> int:
    """Numbers in a row of a state buffer: whole vectors, whole turns, and a gap."""
    return max(round_up(units, tile.lanes), round_up(units, tile.unroll)) + APART


def edge_vectors(units: int, tile: Tile) -> int:
    """Vectors in the last block of units where it is smaller or partial, else 0."""
    whole = units % (tile.lanes * tile.vectors) == 0
    return 0 if whole else (-(-units // tile.lanes) - 1) % tile.vectors + 1


def to_bfloat16(numbers: Floats) -> NDArray[np.uint16]:
    """The upper halves of the numbers, rounded to nearest, ties to even; NaN stays NaN."""
    bits = np.ascontiguousarray(numbers).view(np.uint32)
    rounded = (bits + (0x7FFF + ((bits >> 16) & 1))) >> 16
    return np.where(np.isnan(numbers), 0x7FC0, rounded).astype(np.uint16)


def from_bfloat16(halves: NDArray[np.uint16]) -> Floats:
    """What those halves stand for."""
    whole: Floats = (halves.astype(np.uint32) << 16).view(np.float32)
    return whole


def in_pairs(vectors: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Vectors [..., W, lanes] two by two lane by lane, the first of two in front; a last one alone
    stays as it is."""
    *outside, width, lanes = vectors.shape
    paired = width // 2 * 2
    pairs = vectors[..., :paired, :].reshape(*outside, width // 2, 2, lanes).swapaxes(-1, -2)
    rest = vectors[..., paired:, :].reshape(*outside, -1)
    return np.concatenate([pairs.reshape(*outside, -1), rest], axis=-1)


def pack(cell: Cell, R: Floats, b: Floats, tile: Tile) -> tuple[Floats, int]:
    """Weights in reading order, and the inputs per head that they hold.

    One row per head; in it, block by block of units: the biases of all gates, then for every input
    one line of the recurring gates' units, in bfloat16 (two in a number's place, vectors in pairs)
    where the tile asks for it. Units are padded to whole vectors and inputs to whole turns, with
    zeros.

    Parameters
    ----------
    cell : Cell
    R : array [Gr, N, D, D]
        R[g, n, d_out, d_in].
    b : array [G, N, D]
    tile : Tile
    """
    gates, heads, units, _ = R.shape
    depth = round_up(units, tile.unroll)
    padded = round_up(units, tile.lanes)
    biases = np.zeros((heads, len(cell.gates), padded), np.float32)
    biases[:, :, :units] = b.transpose(1, 0, 2)
    lines: Any = np.zeros((heads, depth, gates, padded), np.float32)
    lines[:, :units, :, :units] = R.transpose(1, 3, 0, 2)
    if tile.narrow:
        lines = to_bfloat16(lines)
    width = tile.lanes * tile.vectors
    pieces = []
    for first in range(0, padded, width):
        bias = biases[:, :, first : first + width].reshape(heads, -1)
        block = np.ascontiguousarray(lines[:, :, :, first : first + width])
        if tile.narrow:
            block = in_pairs(block.reshape(heads, depth, -1, tile.lanes))
        block = block.reshape(heads, -1)
        if tile.narrow and block.shape[1] % 2:
            block = np.pad(block, ((0, 0), (0, 1)))
        pieces += [bias, block.view(np.float32)]
    packed = aligned((heads, sum(piece.shape[1] for piece in pieces)))
    np.concatenate(pieces, axis=1, out=packed)
    return packed, depth


def load(cell: Cell, R: Floats, b: Floats, tile: Tile, packed: Floats) -> None:
    """Other weights into what `pack` made for the same tile, in place."""
    if tile.narrow:
        packed[:] = pack(cell, R, b, tile)[0]
        return
    depth = round_up(R.shape[-1], tile.unroll)
    _loops(R, tile).forward(R, b, packed, tile.lanes * tile.vectors, depth)


def make_room_backward(shape: tuple[int, ...], tile: Tile) -> Floats:
    """Zeros for `load_backward` of weights of that shape."""
    gates, heads, units, _ = shape
    padded = round_up(units, tile.lanes)
    return aligned((heads, gates * padded * padded), fill=0.0)


def load_backward(packed: Floats, R: Floats, tile: Tile) -> None:
    """Weights in the order in which a backward pass reads them, into `packed`.

    One row per head; in it, block by block of units (d_in): for every gate and padded d_out one
    line of units. Padding is left as it is.

    Parameters
    ----------
    packed : array [N, Gr * D * D, padded]
        As `make_room_backward` made it.
    R : array [Gr, N, D, D]
        R[g, n, d_out, d_in].
    tile : Tile
    """
    padded = round_up(R.shape[-1], tile.lanes)
    _loops(R, tile).backward(R, packed, tile.lanes * tile.vectors, padded)


def _loops(R: Floats, tile: Tile) -> Any:
    """The compiled functions of `packing_loops`."""
    return _made_loops(tile.lanes, R.shape[-1] % tile.lanes != 0)


@cache
def _made_loops(lanes: int, ragged: bool) -> Any:
    from . import generate

    return generate.packing_loops(lanes, ragged)
