"""A block made ready for images of one size: weights packed, room laid out, kernel compiled."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from .. import arrays
from ..arrays import Floats, aligned
from . import generate, packing, row_loop
from .block import Block, Weights
from .tile import Tile

_room = threading.local()


def scratch(size: int) -> int:
    """The address of so many bytes that no other thread uses; all blocks share them.

    A network that runs block after block then finds its scratch in the nearest caches.
    """
    known: Floats | None = getattr(_room, "floats", None)
    if known is None or known.nbytes < size:
        known = _room.floats = aligned((size // 4 + 1,))
        _room.address = known.ctypes.data
    address: int = _room.address
    return address


@cache
def _workers(threads: int) -> ThreadPoolExecutor:
    """So many threads, with the scratch that each of them keeps, for all blocks together."""
    return ThreadPoolExecutor(threads)


class Plan:
    """One block with its weights, for images of one size.

    Parameters
    ----------
    block : Block
    weights : Weights
        Copied, so later changes do not matter.
    height, width : int
        Of the input.
    tile : Tile
    threads : int
        Blocks of rows, of all images of a batch, are shared out among so many.

    Raises
    ------
    TileError
        Where the tile does not suit the block.
    """

    def __init__(
        self,
        block: Block,
        weights: Weights,
        height: int,
        width: int,
        tile: Tile,
        threads: int = 1,
    ) -> None:
        tile.fit(block, height, width)
        self.block, self.tile, self.threads = block, tile, threads
        self.shape = (height, width, block.inputs)
        self.out_shape = (*block.after(height, width), block.outputs)
        self._packed = packing.pack(weights, tile)
        self._kernel = generate.kernel(tile.lanes)
        self._pool = _workers(threads - 1) if threads > 1 else None
        gate: tuple[Floats, ...] = ()
        if block.gate:
            if weights.gate is None:
                raise ValueError("the block has a gate, its weights have none")
            pixels = self.out_shape[0] * self.out_shape[1]
            gate = packing.pack_gate(weights.gate, pixels, generate.GATE_VECTORS, tile.lanes)
        self._packed += gate
        numbers = self._layout() | generate.addresses(block, tile)
        numbers |= {
            name: array.ctypes.data
            for name, array in zip(row_loop.WEIGHTS, self._packed, strict=False)
        }
        self._fixed = np.array([numbers.get(name, 0) for name in row_loop.FIXED], np.int64)

    def _layout(self) -> dict[str, int]:
        """Sizes, and where everything lies in the scratch, by the names of `row_loop.FIXED`."""
        block, tile = self.block, self.tile
        height, width, _ = self.shape
        rows, columns, _ = self.out_shape
        left, right, above, _ = block.padding
        vector = tile.lanes * 4
        most = -(-rows // tile.blocks)
        ring_rows = min(height, (most - 1) * block.stride + block.kernel)
        vectors = -(-block.middle // tile.lanes)
        gated = block.gate.channels if block.gate else 0
        groups = arrays.round_up(vectors, generate.GATE_VECTORS) if gated else vectors
        planes = (  # of the input, of the ring, of what is filtered: how many, and their pixels
            (-(-block.inputs // tile.lanes) if block.widens else 0, ring_rows * width),
            (
                vectors if tile.blocks > 1 else min(vectors, tile.widen_vectors),
                ring_rows * (left + width + right),
            ),
            (groups, most * columns),
        )
        # An odd number of pixels, so that neighbouring planes fall on different lines of a cache.
        distances = [(pixels | 1) * vector for _, pixels in planes]
        sizes = [count * size for (count, _), size in zip(planes, distances, strict=True)]
        if gated:
            between = arrays.round_up(-(-gated // tile.lanes), generate.GATE_VECTORS)
            sizes += [groups * vector, between * vector, groups * vector]
        _, *offsets, self._scratch = accumulate(sizes, initial=0)
        return {
            "HEIGHT": height, "WIDTH": width, "INPUTS": block.inputs, "MIDDLE": block.middle,
            "OUTPUTS": block.outputs, "BLOCKS": tile.blocks, "ROWS": rows, "COLUMNS": columns,
            "RING_ROWS": ring_rows, "LEFT": left, "RIGHT": right, "ABOVE": above,
            "SQUEEZED": gated, "WIDENS": int(block.widens),
            "KERNEL": block.kernel, "STRIDE": block.stride,
            **{name.upper(): size for name, size in tile.to_json().items() if name != "lanes"},
            **generate.edges(block, tile),
            **dict(zip(("INPUT_PLANE", "RING_PLANE", "FILTERED_PLANE"), distances, strict=True)),
            **dict(zip(row_loop.OFFSETS, offsets, strict=False)),
        }  # fmt: skip

    def run_at(self, image: int, result: int, batch: int) -> None:
        """Run on images [batch, H, W, inputs] at an address, into [batch, H', W', outputs]."""
        tasks = batch * self.tile.blocks
        if self._pool is None or tasks < 2:
            self._kernel(self._fixed, image, result, scratch(self._scratch), 0, tasks)
            return
        edges = [tasks * i // self.threads for i in range(self.threads + 1)]
        (first, *others) = (piece for piece in pairwise(edges) if piece[0] < piece[1])
        work = [self._pool.submit(self._piece, image, result, *piece) for piece in others]
        self._piece(image, result, *first)
        for piece in work:
            piece.result()

    def _piece(self, image: int, result: int, first: int, last: int) -> None:
        self._kernel(self._fixed, image, result, scratch(self._scratch), first, last)

    def run(self, images: Any) -> Floats:
        """The block of an array [batch, H, W, inputs], float32 and contiguous.

        Raises
        ------
        ValueError
            Where the array is not that.
        """
        if not isinstance(images, np.ndarray) or images.dtype != np.float32:
            kind = getattr(images, "dtype", type(images).__name__)
            raise ValueError(f"images are {kind}; this kernel is for arrays of float32")
        if images.ndim != 4 or images.shape[1:] != self.shape:
            raise ValueError(f"images have shape {images.shape}, the plan is for {self.shape}")
        if not images.flags.c_contiguous:
            images = np.ascontiguousarray(images)
        result = aligned((len(images), *self.out_shape))
        self.run_at(images.ctypes.data, result.ctypes.data, len(images))
        return result
