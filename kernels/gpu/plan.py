"""A layer made ready on a card: tiles chosen, weights packed, buffers allocated, once."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..cells.cell import Cell
from .choose import Choice, choose
from .gradient import Recurrence
from .launch import PRECISIONS, WEIGHTS, Layer
from .pick import pick
from .tile import GpuTile

KINDS = (torch.float32, torch.bfloat16, torch.float16)
LARGEST = 2**31  # places within one row of a tensor that a kernel's integers reach


class Unsupported(ValueError):
    """A layer that these kernels cannot run, with the reason in one sentence."""


def card_here(device: torch.device) -> tuple[str, int]:
    """The record of `std.gpu` nearest to a device, and its multiprocessors.

    A card that the standard library does not know is taken for the one of its kind with the least
    shared memory, so that tiles fit.
    """
    found = torch.cuda.get_device_properties(device)
    name = found.name.lower()
    for record in ("h200", "h100", "a100"):
        if record in name:
            return record, found.multi_processor_count
    if found.major < 8:
        raise Unsupported(f"{found.name} is older than compute capability 8.0")
    return "h100" if found.major == 9 else "rtx_4090", found.multi_processor_count


def checked(cell: Cell, Wx: Tensor, R: Tensor, b: Tensor, s0: Tensor | None) -> tuple[int, ...]:
    """Batch, steps, heads and units, where everything agrees.

    Raises
    ------
    Unsupported
        With what does not.
    """
    for name, x, dimensions in (("Wx", Wx, 5), ("R", R, 4), ("b", b, 3)):
        if x.ndim != dimensions:
            raise Unsupported(f"{name} has {x.ndim} dimensions, not {dimensions}")
    batch, steps, _, heads, units = Wx.shape
    wanted = {
        "Wx": (Wx, (batch, steps, len(cell.given), heads, units)),
        "R": (R, (len(cell.recurring), heads, units, units)),
        "b": (b, (len(cell.gates), heads, units)),
    }
    if s0 is not None:
        wanted["s0"] = (s0, (len(cell.states), batch, 1, heads, units))
    for name, (x, shape) in wanted.items():
        if tuple(x.shape) != shape:
            raise Unsupported(f"{name} has shape {list(x.shape)}, {cell} asks for {list(shape)}")
        if x.dtype not in KINDS:
            raise Unsupported(f"{name} is {x.dtype}; these kernels are for float32 and halves")
        if x.device != Wx.device:
            raise Unsupported(f"{name} is on {x.device} and Wx on {Wx.device}")
    if (steps + 1) * len(cell.gates) * heads * units >= LARGEST:
        raise Unsupported(f"{steps} steps of {heads} x {units} units are more than 2**31 places")
    return batch, steps, heads, units


def on_a_card(x: Tensor, name: str, weights: str, precision: str) -> None:
    """Raise `Unsupported` where a tensor is on no CUDA device, or a kind of numbers is unknown."""
    if x.device.type != "cuda":
        raise Unsupported(f"{name} is on {x.device}; these kernels run on a CUDA device")
    if weights not in WEIGHTS:
        raise Unsupported(f"weights are {', '.join(WEIGHTS)}, not {weights!r}")
    if precision not in PRECISIONS:
        raise Unsupported(f"the precision is {' or '.join(PRECISIONS)}, not {precision!r}")


def start(cell: Cell, like: Tensor) -> Tensor:
    """The states before the first step where the caller gives none."""
    batch, _, _, heads, units = like.shape
    s0 = torch.empty((len(cell.states), batch, 1, heads, units), device=like.device)
    for s, state in enumerate(cell.states):
        s0[s] = state.start
    return s0


def recurrent(
    cell: Cell,
    Wx: Tensor,
    R: Tensor,
    b: Tensor,
    s0: Tensor | None = None,
    *,
    weights: str = "bf16",
    precision: str = "tf32x3",
    tiles: tuple[GpuTile, GpuTile] | None = None,
) -> Tensor:
    """States after every step on a CUDA device, differentiable in all four tensors.

    Parameters
    ----------
    cell : Cell
        One of `standard.CELLS`, or one's own.
    Wx : Tensor [B, T, Gw, N, D]
        Pre-activations of the gates that the input gives.
    R : Tensor [Gr, N, D, D]
        Recurrent weights, R[g, n, d_out, d_in].
    b : Tensor [G, N, D]
    s0 : Tensor [S, B, 1, N, D], optional
        The cell's own start if left out.
    weights : str
        Numbers of R and h inside products: bf16, fp16 or fp32. Sums and states are fp32.
    precision : str
        Of fp32 products, `tf32x3` or `ieee`.
    tiles : tuple of GpuTile, optional
        For the forward and the backward pass; the solver's, if left out.

    Returns
    -------
    Tensor [S, B, T, N, D]
        float32.

    Raises
    ------
    Unsupported
        Where shapes, kinds of numbers or devices do not fit, or there is no CUDA device.
    GpuTileError
        Where no tile fits the card.
    """
    batch, steps, heads, units = checked(cell, Wx, R, b, s0)
    on_a_card(Wx, "Wx", weights, precision)
    begun = start(cell, Wx) if s0 is None else s0
    if min(batch, steps, heads, units) == 0:
        empty = Wx.new_zeros((len(cell.states), batch, steps, heads, units), dtype=torch.float32)
        return empty + 0 * (Wx.sum() + R.sum() + b.sum() + begun.sum())  # gradients reach all four
    name, programs = card_here(Wx.device)
    if tiles is None:
        sizes = (batch, steps, heads, units)
        chosen = [
            choose(
                cell, *sizes, card=name, weights=weights, backward=backward, programs=programs
            ).tile
            for backward in (False, True)
        ]
        tiles = chosen[0], chosen[1]
    layer = Layer(cell, batch, steps, heads, units, weights, precision, programs)
    with torch.cuda.device(Wx.device):
        found: Tensor = Recurrence.apply(Wx, R, b, begun, layer, *tiles)  # type: ignore[no-untyped-call]
    return found


class GpuPlan:
    """One layer with its weights, for a fixed batch and number of steps, forward only.

    Weights are packed and buffers allocated once; `run` only launches.

    Parameters
    ----------
    cell, R, b, weights, precision
        As in `recurrent`; R and b are copied.
    batch, steps : int
    choice : Choice, optional
        The solver's for this device, if left out.

    Raises
    ------
    Unsupported, GpuTileError
        As `recurrent`.
    """

    def __init__(
        self,
        cell: Cell,
        R: Tensor,
        b: Tensor,
        batch: int,
        steps: int,
        choice: Choice | None = None,
        *,
        weights: str = "bf16",
        precision: str = "tf32x3",
    ) -> None:
        if R.ndim != 4:
            raise Unsupported(f"R has {R.ndim} dimensions, not 4")
        _, heads, units, _ = R.shape
        shape = (batch, steps, len(cell.given), heads, units)
        like = torch.empty(1, device=R.device).expand(shape)
        checked(cell, like, R, b, None)
        on_a_card(R, "R", weights, precision)
        name, programs = card_here(R.device)
        self.shape, self._card = shape, name
        self.layer = Layer(cell, batch, steps, heads, units, weights, precision, programs)
        self.choice = choice or choose(
            cell, max(batch, 1), max(steps, 1), heads, units,
            card=name, weights=weights, programs=programs,
        )  # fmt: skip
        self._packed = self.layer.packed(R, self.choice.tile)
        self._weights = self._packed[:, :, :units, :units]
        self._bias = b.detach().float().contiguous()
        self._rooms = self.layer.rooms(self.choice.tile, 1, R.device)
        self._start = start(cell, like)
        self._states = torch.empty((len(cell.states), batch, steps, heads, units), device=R.device)

    def explain(self) -> str:
        """Why this tile, and whether torch's own layer would be faster."""
        layer = self.layer
        picked = pick(
            layer.cell, layer.batch, layer.steps, layer.heads, layer.units,
            card=self._card, weights=layer.weights, programs=layer.programs, choice=self.choice,
        )  # fmt: skip
        return f"{self.choice.explain()}\n  picked {picked}"

    def run(self, Wx: Tensor, s0: Tensor | None = None) -> Tensor:
        """States after every step; the plan's own memory, which holds until the next call.

        What it launches, a CUDA graph may record, once one call has compiled it. Calls on several
        streams at a time need a plan each.
        """
        if tuple(Wx.shape) != self.shape:
            raise Unsupported(f"Wx has shape {list(Wx.shape)}, the plan is for {list(self.shape)}")
        checked(self.layer.cell, Wx, self._weights, self._bias, s0)
        begun = self._start if s0 is None else s0.float().contiguous()
        if self._states.numel() == 0:
            return self._states
        with torch.no_grad(), torch.cuda.device(Wx.device):
            self.layer.forward(
                self.choice.tile, Wx.contiguous(), self._packed, self._bias, begun,
                self._states, None, self._rooms,
            )  # fmt: skip
        return self._states

    def __call__(self, *arguments: Any) -> Tensor:
        return self.run(*arguments)
