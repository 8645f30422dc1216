"""A recurrent layer's backward pass made ready: transposed weights, buffers, kernel."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from ..arrays import Floats, aligned, round_up
from ..cells.cell import Cell
from . import generate, packing
from .packing import APART
from .tile import Tile


class Backward:
    """From gradients of the states to gradients of the gates, through time.

    Parameters
    ----------
    R : array [Gr, N, D, D]
        Recurrent weights; copied.
    batch, steps : int
    tile : Tile
        `rows` x `vectors` of one gathered vector of units, whatever the number of gates.
    cell : Cell
    arriving : sequence of int, optional
        States at which gradients arrive from outside; all, if left out.
    threads : int
    """

    def __init__(
        self,
        R: Floats,
        batch: int,
        steps: int,
        tile: Tile,
        cell: Cell,
        arriving: Sequence[int] | None = None,
        threads: int = 1,
    ) -> None:
        gates, heads, units, _ = R.shape
        if batch:
            tile.fit(batch, heads, units)
        self.tile, self.cell = tile, cell
        self.shape = (batch, steps, len(cell.gates), heads, units)
        states = len(cell.states)
        self.arriving = tuple(range(states) if arriving is None else arriving)
        self.tasks = batch // tile.block * (heads // tile.together)
        room = (self.tasks, tile.together)
        row = gates * round_up(units, tile.lanes) + APART
        self._inputs = aligned((*room, 2, tile.block, row), fill=0.0)
        self._carried = aligned((*room, states, tile.block, row), fill=0.0)
        self._packed = packing.pack_backward(R, tile)
        self._kernel = generate.backward_kernel(cell, tile, units, self.arriving)
        self._threads = min(threads, self.tasks)
        self._pool = ThreadPoolExecutor(self._threads) if self._threads > 1 else None

    def load(self, R: Floats) -> None:
        """Take other weights of the same shape."""
        self._packed[:] = packing.pack_backward(R, self.tile)

    def run(
        self, saved: Floats, start: Floats, states: Floats, outside: Floats, out: Floats
    ) -> None:
        """Gradients of all gates' sums, into `out` [B, T, G, N, D].

        Parameters
        ----------
        saved : array [B, T, G, N, D]
            Sums of the gates, as `Plan` saved them.
        start : array [S, B, 1, N, D]
        states : array [S, B, T, N, D]
        outside : array [S, B, T, N, D]
            What arrives at the states from outside.
        """
        given = (saved, self._packed, start, states, outside, out, self._inputs, self._carried)
        if self._pool is None:
            self._kernel(*given, 0, self.tasks)
            return
        edges = [self.tasks * i // self._threads for i in range(self._threads + 1)]
        work = [self._pool.submit(self._kernel, *given, a, b) for a, b in pairwise(edges)]
        for piece in work:
            piece.result()

    def first_states(self) -> Floats:
        """What the last pass carried to the states before the first step, without what went
        through the recurrent weights [S, B, 1, N, D]."""
        batch, _, _, heads, units = self.shape
        tile, states = self.tile, len(self.cell.states)
        found = np.empty((states, batch, 1, heads, units), np.float32)
        blocks = batch // tile.block if batch else 0
        for task in range(self.tasks):
            head, row = task // blocks * tile.together, task % blocks * tile.block
            for n in range(tile.together):
                part = self._carried[task, n, :, :, :units]
                found[:, row : row + tile.block, 0, head + n] = part
        return found
