"""A recurrent layer made ready: weights packed, buffers allocated, kernel compiled, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import Floats, aligned, check_result
from ..cells.cell import Cell
from ..cells.standard import CELLS
from . import generate, packing
from .tile import Tile

if TYPE_CHECKING:
    from torch import Tensor


def cell_of(cell: str | Cell) -> Cell:
    """A cell by its name, or itself."""
    if isinstance(cell, Cell):
        return cell
    if cell not in CELLS:
        raise ValueError(f"no cell is named {cell!r}; there is {', '.join(CELLS)}")
    return CELLS[cell]


class Plan:
    """One layer with its weights, for a fixed batch, number of steps and tile.

    Parameters
    ----------
    R : array or tensor [Gr, N, D, D]
        Recurrent weights of the gates that recur, R[g, n, d_out, d_in]; copied, so later changes
        do not matter.
    b : array or tensor [G, N, D]
        Biases of all gates; copied.
    batch, steps : int
    tile : Tile
    cell : Cell or str
        A cell of one's own, or the name of a standard one.
    threads : int
        Tasks (blocks of batch rows, groups of heads) that may run at once.
    saves : bool
        Whether `run` also keeps the sums of the gates, in `saved` [B, T, G, N, D], which a backward
        pass reads.

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
        cell: str | Cell = "lstm",
        threads: int = 1,
        saves: bool = False,
    ) -> None:
        self.cell, self.tile = cell_of(cell), tile
        weights, bias = floats(R, "R"), floats(b, "b")
        heads, units = self._sizes(weights, bias)
        if min(batch, steps) < 0:
            raise ValueError(f"a batch of {batch} and {steps} steps: neither can be negative")
        if batch:
            tile.fit(batch, heads, units)
        self.shape = (batch, steps, len(self.cell.given), heads, units)
        self.tasks = batch // tile.block * (heads // tile.together)
        states = len(self.cell.states)
        row = packing.row_length(units, tile)
        room = (self.tasks, tile.together, 2, tile.block, row)
        self._hidden = aligned(room, fill=0.0)
        self._memory = aligned((*room[:2], states - 1, *room[3:]), fill=0.0)
        self._start = self._usual_start()
        self._saves = saves
        self._out_shape = (states, batch, steps, heads, units)
        self._saved_shape = (batch, steps, len(self.cell.gates), heads, units)
        self._own: tuple[Floats, Floats] | None = None
        self._out_tensor: Any = None
        self._threads = min(threads, self.tasks)
        self._pool = ThreadPoolExecutor(self._threads) if self._threads > 1 else None
        self._packed: Floats | None = None
        self._kernel = self._make_kernel(weights, bias)

    def _sizes(self, weights: Floats, bias: Floats) -> tuple[int, int]:
        """Heads and units, where the weights' shapes agree with the cell's."""
        gates = len(self.cell.recurring)
        if weights.ndim != 4 or weights.shape[0] != gates:
            raise ValueError(
                f"R has shape {weights.shape}, not [{gates}, N, D, D] as `{self.cell}` asks"
            )
        _, heads, units, inputs = weights.shape
        if inputs != units:
            raise ValueError(f"R has shape {weights.shape}: its last two sizes differ")
        wanted = (len(self.cell.gates), heads, units)
        if bias.shape != wanted:
            raise ValueError(f"b has shape {bias.shape}, R and `{self.cell}` ask for {wanted}")
        if min(heads, units) < 1:
            raise ValueError(f"R has shape {weights.shape}: at least one head and unit are needed")
        return heads, units

    def _usual_start(self) -> Floats:
        batch, _, _, heads, units = self.shape
        start = np.empty((len(self.cell.states), batch, 1, heads, units), np.float32)
        for part, state in zip(start, self.cell.states, strict=True):
            part.fill(state.start)
        return start

    def _make_kernel(self, weights: Floats, bias: Floats) -> Callable[..., None]:
        """`kernel(wx, start, out, saved, first task, last task)` with everything else bound."""
        tile, buffers = self.tile, (self._hidden, self._memory)
        if tile.lanes == 1:
            if tile.narrow:
                weights = packing.from_bfloat16(packing.to_bfloat16(weights))
            lines = np.ascontiguousarray(weights.transpose(1, 3, 0, 2))
            biases = np.ascontiguousarray(bias.transpose(1, 0, 2))
            loops = generate.plain_kernel(self.cell)
            return lambda wx, start, out, saved, first, last: loops(
                wx, lines, biases, start, out, saved, *buffers, first, last, tile.rows, tile.vectors
            )
        packed, depth = packing.pack(self.cell, weights, bias, tile)
        self._packed = packed
        kernel = generate.kernel(
            generate.Variant.of(self.cell, tile, self.shape[-1], saves=self._saves)
        )
        return lambda wx, start, out, saved, first, last: kernel(
            wx, packed, start, out, saved, *buffers, depth, first, last
        )

    @property
    def saved(self) -> Floats:
        """Sums of the gates [B, T, G, N, D] of the last run, where the plan saves them."""
        return self._buffers()[1]

    def _buffers(self) -> tuple[Floats, Floats]:
        """The plan's own states and sums, made when they are first asked for."""
        if self._own is None:
            saved = self._saved_shape if self._saves else (0,) * 5
            self._own = aligned(self._out_shape), aligned(saved)
        return self._own

    def _checked(self, states: Floats, saved: Floats) -> tuple[Floats, Floats]:
        """A caller's buffers, where a kernel may write to them."""
        check_result(states, self._out_shape, "into[0]", self.tile.streaming)
        shape = self._saved_shape if self._saves else (0,) * 5
        check_result(saved, shape, "into[1]", self.tile.streaming)
        return states, saved

    def load(self, R: Floats | Tensor, b: Floats | Tensor) -> None:
        """Take other weights of the same shapes, as a training step does.

        Raises
        ------
        ValueError
            Where shapes or kinds of numbers do not fit.
        """
        weights, bias = floats(R, "R"), floats(b, "b")
        heads, units = self._sizes(weights, bias)
        if (heads, units) != self.shape[-2:]:
            raise ValueError(f"R has shape {weights.shape}, the plan is for {self.shape[-2:]}")
        if self._packed is None:
            self._kernel = self._make_kernel(weights, bias)
        else:
            packing.load(self.cell, weights, bias, self.tile, self._packed)

    def explain(self, machine: Mapping[str, Fraction | int] | None = None) -> str:
        """Why this tile: its expected time in parts, the limits that bind, and the next best tile.

        Parameters
        ----------
        machine : mapping, optional
            Fields of `std.cpu.Cpu` in base units; this machine's, if left out.
        """
        from . import choose

        batch, steps, _, heads, units = self.shape
        layer = choose.Layer.of(self.cell, batch, steps, heads, units, narrow=self.tile.narrow)
        return choose.explain(layer, self.tile, machine)

    def run(self, Wx: Any, s0: Any = None, into: tuple[Floats, Floats] | None = None) -> Any:
        """States after every step.

        Parameters
        ----------
        Wx : array or tensor [B, T, Gw, N, D]
            float32; copied first where it is not contiguous.
        s0 : array or tensor [S, B, 1, N, D], optional
            States before the first step; those that the cell names if left out, mostly zeros.
        into : (array [S, B, T, N, D], array [B, T, G, N, D]), optional
            Where states and saved sums go instead of the plan's own memory; both must start on a
            cache line, and the second has no elements where the plan does not save.

        Returns
        -------
        array or tensor [S, B, T, N, D]
            Of the kind of `Wx`. It is the plan's own memory and holds until the next call.
        """
        wx = floats(Wx, "Wx")
        if wx.shape != self.shape:
            raise ValueError(f"Wx has shape {wx.shape}, the plan is for {self.shape}")
        start = self._start if s0 is None else floats(s0, "s0")
        if start.shape != self._start.shape:
            raise ValueError(f"s0 has shape {start.shape}, the plan is for {self._start.shape}")
        buffers = self._buffers() if into is None else self._checked(*into)
        if self._pool is None:
            self._kernel(wx, start, *buffers, 0, self.tasks)
        else:
            edges = [self.tasks * i // self._threads for i in range(self._threads + 1)]
            work = [
                self._pool.submit(self._kernel, wx, start, *buffers, first, last)
                for first, last in pairwise(edges)
            ]
            for piece in work:
                piece.result()
        if into is not None or isinstance(Wx, np.ndarray):
            return buffers[0]
        if self._out_tensor is None:
            import torch

            self._out_tensor = torch.from_numpy(buffers[0])
        return self._out_tensor


def floats(array: Any, name: str) -> Floats:
    """A contiguous float32 array that shares the memory where it can."""
    if not isinstance(array, np.ndarray):
        if not hasattr(array, "detach"):
            raise ValueError(f"{name} is a {type(array).__name__}, not an array or a tensor")
        if array.device.type != "cpu":
            raise ValueError(f"{name} is on {array.device}; this kernel runs on the CPU")
        array = array.detach()
        if str(array.dtype) != "torch.float32":
            raise ValueError(f"{name} is {array.dtype}; this kernel is for float32")
        array = array.numpy()
    if array.dtype != np.float32:
        raise ValueError(f"{name} is {array.dtype}; this kernel is for float32")
    if not array.flags.c_contiguous or not array.flags.writeable or array.ctypes.data % 4:
        array = array.copy()
    single: Floats = array
    return single
