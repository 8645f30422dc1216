"""A recurrent layer made ready: weights packed, buffers allocated, kernel compiled, once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import Floats, aligned
from . import generate, packing, plain_loop
from .tile import Tile

if TYPE_CHECKING:
    from torch import Tensor

STATES = {"lstm": 2}
GATES = {"lstm": 4}


class Plan:
    """One layer with its weights, for a fixed batch, number of steps and tile.

    Parameters
    ----------
    R : array or tensor [G, N, D, D]
        Recurrent weights, R[g, n, d_out, d_in]; copied, so later changes do not matter.
    b : array or tensor [G, N, D]
        Biases; copied.
    batch, steps : int
    tile : Tile
    cell : str
    threads : int
        Tasks (blocks of batch rows, groups of heads) that may run at once.

    Raises
    ------
    TileError
        Where the tile does not suit the layer.
    ValueError
        Where shapes or kinds of numbers do not fit.
    """

    def __init__(
        self,
        R: Floats | Tensor,
        b: Floats | Tensor,
        batch: int,
        steps: int,
        tile: Tile,
        cell: str = "lstm",
        threads: int = 1,
    ) -> None:
        if cell not in STATES:
            raise ValueError(f"no kernel for the cell {cell!r}; there is {', '.join(STATES)}")
        weights, bias = _floats(R, "R"), _floats(b, "b")
        if weights.ndim != 4 or weights.shape[0] != GATES[cell]:
            raise ValueError(f"R has shape {weights.shape}, not [{GATES[cell]}, N, D, D]")
        gates, heads, units, inputs = weights.shape
        if inputs != units:
            raise ValueError(f"R has shape {weights.shape}: its last two sizes differ")
        if bias.shape != (gates, heads, units):
            raise ValueError(f"b has shape {bias.shape}, R asks for {(gates, heads, units)}")
        if min(batch, steps, heads, units) < 1:
            raise ValueError("batch, steps, heads and units must all be at least 1")
        tile.fit(batch, heads, units)
        self.tile, self.cell = tile, cell
        self.states = STATES[cell]
        self.shape = (batch, steps, gates, heads, units)
        self.tasks = batch // tile.block * (heads // tile.together)
        self._packed, self._depth = packing.pack(weights, bias, tile)
        row = packing.row_length(units, tile)
        room = (self.tasks, tile.together, 2, tile.block, row)
        self._hidden = aligned(room, fill=0.0)
        self._memory = aligned((*room[:2], self.states - 1, *room[3:]), fill=0.0)
        self._start = np.zeros((self.states, batch, 1, heads, units), np.float32)
        self._out = aligned((self.states, batch, steps, heads, units))
        self._out_tensor: Any = None
        self._threads = min(threads, self.tasks)
        self._pool = ThreadPoolExecutor(self._threads) if self._threads > 1 else None
        self._kernel = self._make_kernel()

    def _make_kernel(self) -> Callable[..., None]:
        tile = self.tile
        if tile.lanes == 1:
            loops: Callable[..., None] = plain_loop.lstm
            return lambda *arguments: loops(*arguments, tile.rows, tile.vectors)
        kernel: Callable[..., None] = generate.kernel(
            generate.Variant.of(self.cell, tile, self.shape[-1])
        )
        return kernel

    def run(self, Wx: Any, s0: Any = None) -> Any:
        """States after every step.

        Parameters
        ----------
        Wx : array or tensor [B, T, G, N, D]
            float32; copied first where it is not contiguous.
        s0 : array or tensor [S, B, 1, N, D], optional
            States before the first step; zeros if left out.

        Returns
        -------
        array or tensor [S, B, T, N, D]
            Of the kind of `Wx`. It is the plan's own memory and holds until the next call.
        """
        wx = _floats(Wx, "Wx")
        if wx.shape != self.shape:
            raise ValueError(f"Wx has shape {wx.shape}, the plan is for {self.shape}")
        start = self._start if s0 is None else _floats(s0, "s0")
        if start.shape != self._start.shape:
            raise ValueError(f"s0 has shape {start.shape}, the plan is for {self._start.shape}")
        arguments = (wx, self._packed, start, self._out, self._hidden, self._memory, self._depth)
        if self._pool is None:
            self._kernel(*arguments, 0, self.tasks)
        else:
            edges = [self.tasks * i // self._threads for i in range(self._threads + 1)]
            work = [
                self._pool.submit(self._kernel, *arguments, first, last)
                for first, last in pairwise(edges)
            ]
            for piece in work:
                piece.result()
        if isinstance(Wx, np.ndarray):
            return self._out
        if self._out_tensor is None:
            import torch

            self._out_tensor = torch.from_numpy(self._out)
        return self._out_tensor


def _floats(array: Any, name: str) -> Floats:
    """A contiguous float32 array that shares the memory where it can."""
    if not isinstance(array, np.ndarray):
        if not hasattr(array, "detach"):
            raise ValueError(f"{name} is a {type(array).__name__}, not an array or a tensor")
        if array.device.type != "cpu":
            raise ValueError(f"{name} is on {array.device}; this kernel runs on the CPU")
        array = array.detach().numpy()
    if array.dtype != np.float32:
        raise ValueError(f"{name} is {array.dtype}; this kernel is for float32")
    if not array.flags.c_contiguous or not array.flags.writeable:
        array = array.copy()
    floats: Floats = array
    return floats
