"""Weights as the register tiles read them: one line of a part of channels for every input."""

from __future__ import annotations

import numpy as np

from ..arrays import Floats, aligned, round_up
from .block import GateWeights, Weights
from .tile import Tile


def product_weights(matrix: Floats, vectors: int, lanes: int) -> Floats:
    """[outputs, inputs] as parts of `vectors` vectors, each [inputs, vectors * lanes], in a row.

    The last part is smaller where the vectors do not come out even; channels beyond the last have
    zero weights.
    """
    outputs, inputs = matrix.shape
    units = round_up(outputs, lanes)
    padded = np.zeros((units, inputs), np.float32)
    padded[:outputs] = matrix
    packed = aligned((units * inputs,))
    for first in range(0, units, vectors * lanes):
        part = padded[first : first + vectors * lanes]
        packed[first * inputs : (first + len(part)) * inputs] = part.T.ravel()
    return packed


def filter_weights(taps: Floats, lanes: int) -> Floats:
    """[channels, k, k] as [vectors of channels, k, k, lanes], zero beyond the last channel."""
    channels, k, _ = taps.shape
    packed = aligned((round_up(channels, lanes), k, k), fill=0.0)
    packed[:channels] = taps
    vectors = packed.reshape(-1, lanes, k, k).transpose(0, 2, 3, 1)
    result = aligned(vectors.shape)
    result[...] = vectors
    return result


def biases(bias: Floats, lanes: int) -> Floats:
    """[channels] padded with zeros to whole vectors."""
    packed = aligned((round_up(max(1, len(bias)), lanes),), fill=0.0)
    packed[: len(bias)] = bias
    return packed


def pack(weights: Weights, tile: Tile) -> tuple[Floats, ...]:
    """Weights and biases of the three steps, in the order in which the kernel reads them."""
    lanes = tile.lanes
    return (
        product_weights(weights.widen, tile.widen_vectors, lanes),
        biases(weights.widen_bias, lanes),
        filter_weights(weights.filter, lanes),
        biases(weights.filter_bias, lanes),
        product_weights(weights.project, tile.project_vectors, lanes),
        biases(weights.project_bias, lanes),
    )


def pack_gate(weights: GateWeights, pixels: int, vectors: int, lanes: int) -> tuple[Floats, ...]:
    """Weights and biases of a gate that is given sums over so many pixels and not their means.

    Channels are padded to whole parts, so that one tile does for all of them.
    """
    packed = []
    for matrix, bias in (
        (weights.squeeze / np.float32(pixels), weights.squeeze_bias),
        (weights.excite, weights.excite_bias),
    ):
        outputs, inputs = matrix.shape
        padded = np.zeros((round_up(outputs, vectors * lanes), inputs), np.float32)
        padded[:outputs] = matrix
        packed += [product_weights(padded, vectors, lanes), biases(bias, vectors * lanes)]
    return tuple(packed)


def edge_vectors(channels: int, vectors: int, lanes: int, masked: bool) -> int:
    """Vectors in the last part where it needs a tile of its own, else 0.

    It does where it is smaller, or where its last vector is partial and has to be masked.
    """
    left = -(-channels // lanes) % vectors
    return left or (vectors if masked and channels % lanes else 0)
