"""A recurrent layer's backward pass made ready: transposed weights, buffers, kernel."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from ..arrays import Floats, aligned, check_result, round_up
from ..cells.cell import Cell
from . import generate, packing, weight_gradient_tile
from .packing import APART
from .tile import Tile

PAIRS = 256  # rows times steps whose part of dR is gathered at once: a panel of h stays in the L1
TALLEST = 256  # outputs of a gate whose gradients are copied at once: they stay in the L2


class Backward:
    """From gradients of the states to those of everything else, through time.

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
        self._threads = max(1, min(threads, self.tasks))
        room = (self.tasks, tile.together)
        row = gates * round_up(units, tile.lanes) + APART
        self._inputs = aligned((*room, 2, tile.block, row), fill=0.0)
        self._carried = aligned((*room, states, tile.block, row), fill=0.0)
        self._chunk = max(1, min(steps, PAIRS // tile.block))
        self._panels = [self._make_panels() for _ in range(self._threads)]
        self._others = [  # every thread but the first sums weights' gradients on its own
            (aligned(R.shape), aligned((len(cell.gates), heads, units)))
            for _ in range(self._threads - 1)
        ]
        self._packed = packing.make_room_backward(R.shape, tile)
        self.load(R)
        self._kernel = generate.backward_kernel(cell, tile, units, self.arriving)
        self._pool = ThreadPoolExecutor(self._threads) if self._threads > 1 else None

    def _make_panels(self) -> tuple[Floats, ...]:
        """Scratch of `weight_gradient.accumulate`, zero beyond the units."""
        units, tall = self.shape[-1], weight_gradient_tile.TALL
        wide = weight_gradient_tile.widest(self.tile.lanes, units) * self.tile.lanes
        pairs = round_up(
            min(max(PAIRS, self._chunk), self.tile.block * max(self.shape[1], 1)),
            weight_gradient_tile.UNROLL,
        )
        down = round_up(min(units, TALLEST), tall) // tall
        across = round_up(units, wide) // wide
        return (
            aligned((down, pairs, tall), fill=0.0),
            aligned((across, pairs, wide), fill=0.0),
            aligned((tall, wide)),
            aligned((min(units, TALLEST) + tall,)),
        )

    def load(self, R: Floats) -> None:
        """Take other weights of the same shape."""
        packing.load_backward(self._packed, R, self.tile)

    def run(
        self,
        saved: Floats,
        start: Floats,
        states: Floats,
        outside: Floats,
        out: Floats,
        ds0: Floats,
        weights: tuple[Floats, Floats] | None,
        last: Floats | None = None,
    ) -> None:
        """Gradients of all gates' sums, of the first states, and of the weights.

        Parameters
        ----------
        saved : array [B, T, G, N, D]
            Sums of the gates, as `Plan` saved them.
        start : array [S, B, 1, N, D]
        states : array [S, B, T, N, D]
        outside : array [S, B, T, N, D]
            What arrives at the states from outside; states that are not among `arriving` are not
            read and may be missing at the end.
        out : array [B, T, G, N, D]
            Written; may be `saved` itself, which saves memory and time.
        ds0 : array [S, B, 1, N, D]
            Written.
        weights : (dR [Gr, N, D, D], db [G, N, D]) or None
            Written; None where they are not asked for.
        last : array [S, B, 1, N, D], optional
            What arrives at the states after the last step, beside `outside`.
        """
        check_result(out, self.shape, "the gates' gradients", self.tile.streaming)
        check_result(ds0, (len(self.cell.states), *start.shape[1:]), "ds0", False)
        batch, steps = self.shape[:2]
        weighed = weights is not None
        dR, db = weights if weights is not None else (_NO_WEIGHTS, _NO_BIASES)
        every = [(dR, db), *(self._others if weighed else [(dR, db)] * (self._threads - 1))]
        for matrix, bias in every:
            bias.fill(0)
            if self._threads > 1 or not batch * steps:
                matrix.fill(0)
        end = last if last is not None else _NO_STATES
        edges = [self.tasks * i // self._threads for i in range(self._threads + 1)]

        def part(thread: int, first: int, last: int) -> None:
            self._kernel(
                saved, self._packed, start, states, outside, end, out, self._inputs,
                self._carried, ds0, *every[thread], *self._panels[thread], self._chunk,
                weighed, first, last,
            )  # fmt: skip

        if self._pool is None:
            part(0, 0, self.tasks)
            return
        work = [
            self._pool.submit(part, thread, first, last)
            for thread, (first, last) in enumerate(pairwise(edges))
        ]
        for piece in work:
            piece.result()
        if weighed:
            for matrix, bias in self._others:
                dR += matrix
                db += bias


_NO_STATES = np.empty((0,) * 5, np.float32)
_NO_WEIGHTS, _NO_BIASES = np.empty((0,) * 4, np.float32), np.empty((0,) * 3, np.float32)
