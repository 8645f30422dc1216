"""Kernels of a layer that trains, by its sizes alone: weights are brought anew to every call.

Packed weights, scratch and compiled kernels of a shape are kept for the next call of that shape,
as long as few others come between; results belong to the caller.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from math import prod
from threading import Lock

import numpy as np

from ..cells.cell import Cell
from ..machine.processor import caches, registers
from .backward import Backward
from .choose import choose
from .plan import Plan
from .tile import Tile, TileError

KEPT = 16  # idle passes, those used last
PAST_THE_CACHES = 4  # sizes of the L2
IN_FLIGHT = 16  # vectors of weights that a turn may ask for


@dataclass(frozen=True)
class Sizes:
    """What the kernels and their scratch depend on."""

    cell: Cell
    batch: int
    steps: int
    heads: int
    units: int
    threads: int = 1

    @property
    def weights(self) -> tuple[int, int, int, int]:
        return len(self.cell.recurring), self.heads, self.units, self.units

    @property
    def biases(self) -> tuple[int, int, int]:
        return len(self.cell.gates), self.heads, self.units

    @property
    def starts(self) -> tuple[int, int, int, int, int]:
        return len(self.cell.states), self.batch, 1, self.heads, self.units

    @property
    def states(self) -> tuple[int, int, int, int, int]:
        return len(self.cell.states), self.batch, self.steps, self.heads, self.units

    @property
    def gates(self) -> tuple[int, int, int, int, int]:
        return self.batch, self.steps, len(self.cell.gates), self.heads, self.units


def forward_tile(sizes: Sizes) -> Tile:
    """The solver's tile of the forward pass.

    States and sums of gates go past the caches only where they are much larger than the second
    level, for the backward pass reads them again (measured: 64x1 B16, a step of training 1.52 ms
    through the caches and 1.62 past them; 64x12 B16 28.4 and 21.6).
    """
    tile = _solved(sizes, backward=False)
    written = 4 * (prod(sizes.states) + prod(sizes.gates))
    return replace(tile, streaming=tile.streaming and written > PAST_THE_CACHES * _second_level())


def backward_tile(sizes: Sizes) -> Tile:
    """The solver's tile of the backward pass.

    Gradients of gates stay in the caches: they replace the sums that were just read, and those of
    the weights are gathered from them at once.
    """
    return replace(_solved(sizes, backward=True), streaming=False)


@cache
def _second_level() -> int:
    """Bytes of the L2."""
    return caches()["l2"][0]


def _solved(sizes: Sizes, backward: bool) -> Tile:
    """The answer of the spec, or a rule of thumb for layers beyond it.

    Steps are rounded up to a power of two, so that few numbers of them ask the solver; they only
    tell it which cache the tensors fit.
    """
    batch, steps = max(1, sizes.batch), 1 << max(0, sizes.steps - 1).bit_length()
    try:
        tile = choose(sizes.cell, batch, steps, sizes.heads, sizes.units, backward=backward)
    except TileError:
        tile = None
    if tile is not None and (tile.lanes > 1 or not backward):
        return tile
    if backward:
        return _tile(sizes, 1, most_vectors=8 if sizes.batch == 1 else 4)
    return _tile(sizes, len(sizes.cell.recurring), most_vectors=4 if sizes.batch == 1 else 1)


def _tile(sizes: Sizes, gathered: int, most_vectors: int) -> Tile:
    """As many vectors as may be, then as many rows as registers hold beside them."""
    found = registers()
    lanes = max(4, found.lanes)
    whole = -(-sizes.units // lanes)
    block = _block(sizes.batch)
    vectors = max(1, min(most_vectors, whole, (found.count - 1) // (2 * gathered)))
    rows = max(1, (found.count - 1 - gathered * vectors) // (gathered * vectors))
    rows = next(r for r in range(min(rows, block), 0, -1) if _even(block, r))
    asked = IN_FLIGHT // (gathered * vectors)
    return Tile(lanes, rows, vectors, block, unroll=next((u for u in (4, 2) if u <= asked), 1))


def _block(batch: int) -> int:
    """Batch rows that run through time together: some sixteen, where that divides the batch."""
    return next((b for b in range(min(16, batch), 7, -1) if batch % b == 0), max(batch, 1))


def _even(block: int, rows: int) -> bool:
    """Whether tiles of that many rows, and of one less, make up a block."""
    short = -(-block // rows) * rows - block
    return short == 0 or (rows > 1 and short <= -(-block // rows))


class Idle:
    """Passes that nobody uses at the moment, each used by one caller at a time."""

    def __init__(self, most: int = KEPT) -> None:
        self._most, self._lock = most, Lock()
        self._passes: OrderedDict[object, list[Plan | Backward]] = OrderedDict()

    @contextmanager
    def forward(self, sizes: Sizes, saves: bool) -> Iterator[Plan]:
        """A plan of that size; its weights are those of whoever used it last."""
        key = sizes, saves
        found = self._take(key)
        if found is None:
            R, b = np.zeros(sizes.weights, np.float32), np.zeros(sizes.biases, np.float32)
            tile = forward_tile(sizes)
            found = Plan(
                R, b, sizes.batch, sizes.steps, tile, sizes.cell, sizes.threads, saves=saves
            )
        assert isinstance(found, Plan)
        try:
            yield found
        finally:
            self._give(key, found)

    @contextmanager
    def backward(self, sizes: Sizes, arriving: Sequence[int]) -> Iterator[Backward]:
        """The same of a backward pass."""
        key = sizes, tuple(arriving)
        found = self._take(key)
        if found is None:
            R = np.zeros(sizes.weights, np.float32)
            tile = backward_tile(sizes)
            found = Backward(R, sizes.batch, sizes.steps, tile, sizes.cell, arriving, sizes.threads)
        assert isinstance(found, Backward)
        try:
            yield found
        finally:
            self._give(key, found)

    def clear(self) -> None:
        """Let go of all memory."""
        with self._lock:
            self._passes.clear()

    def _take(self, key: object) -> Plan | Backward | None:
        with self._lock:
            idle = self._passes.get(key)
            if not idle:
                return None
            found = idle.pop()
            if not idle:
                del self._passes[key]
            return found

    def _give(self, key: object, one: Plan | Backward) -> None:
        with self._lock:
            self._passes.setdefault(key, []).append(one)
            self._passes.move_to_end(key)
            while sum(map(len, self._passes.values())) > self._most:
                oldest = next(iter(self._passes))
                self._passes[oldest].pop(0)
                if not self._passes[oldest]:
                    del self._passes[oldest]


IDLE = Idle()
