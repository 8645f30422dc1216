"""Kernels of a layer that trains, by its sizes alone: weights are brought anew to every call.

Packed weights, scratch and compiled kernels of a shape are kept for the next call of that shape,
as long as few others come between; results belong to the caller.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

import numpy as np

from ..arrays import Floats, aligned
from ..cells.cell import Cell
from ..machine.processor import registers
from .backward import Backward
from .plan import Plan
from .tile import Tile

KEPT = 16  # idle passes, those used last
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
    """A tile of all gates that keeps its sums in registers."""
    return _tile(sizes, len(sizes.cell.recurring), most_vectors=4 if sizes.batch == 1 else 1)


def backward_tile(sizes: Sizes) -> Tile:
    """A tile of units that keeps its sums in registers."""
    return _tile(sizes, 1, most_vectors=8 if sizes.batch == 1 else 4)


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


def room_for_gates(sizes: Sizes, saves: bool) -> Floats:
    """Memory for the sums of the gates, or none."""
    return aligned(sizes.gates if saves else (0,) * 5)
