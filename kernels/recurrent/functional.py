"""Recurrent layers as functions of tensors, in the layout of FlashRNN, differentiable.

Wx [B, T, Gw, N, D]  pre-activations from the input: gates that are given, heads, units
R  [Gr, N, D, D]     recurrent weights of the gates that recur, R[g, n, d_out, d_in]
b  [G, N, D]         biases of all gates
s0 [S, B, 1, N, D]   states before the first step
-> [S, B, T, N, D]   states after every step; the first is the hidden output
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

from ..cells.cell import Cell
from .autograd import Recurrence
from .layer import Sizes
from .peers import eager_loop
from .plan import cell_of


class SlowPath(UserWarning):
    """A layer runs as a loop of torch's operations, for the kernels cannot."""


def recurrent(
    Wx: Tensor,
    R: Tensor,
    b: Tensor,
    s0: Tensor | None = None,
    *,
    cell: str | Cell = "lstm",
    threads: int = 1,
) -> Tensor:
    """States of a recurrent layer after every step.

    Parameters
    ----------
    Wx : tensor [B, T, Gw, N, D]
    R : tensor [Gr, N, D, D]
    b : tensor [G, N, D]
    s0 : tensor [S, B, 1, N, D], optional
        Those that the cell names if left out, mostly zeros.
    cell : Cell or str
        A cell of one's own, or the name of a standard one.
    threads : int
        Blocks of batch rows and groups of heads that may run at once.

    Returns
    -------
    tensor [S, B, T, N, D]
        Memory of its own. Gradients reach Wx, R, b and s0; those have no gradients themselves.

    Raises
    ------
    ValueError
        Where shapes, kinds of numbers or devices do not agree.

    Warns
    -----
    SlowPath
        Where the tensors are not float32 on a CPU, or torch traces or transforms the call.
    """
    return sequence(Wx, R, b, s0, cell=cell, threads=threads, every=True)[0]


def sequence(
    Wx: Tensor,
    R: Tensor,
    b: Tensor,
    s0: Tensor | None = None,
    *,
    cell: str | Cell = "lstm",
    threads: int = 1,
    every: bool = False,
) -> tuple[Tensor, Tensor]:
    """Hidden outputs of all steps, and all states after the last.

    Arguments are those of `recurrent`; where only outputs and last states are used, gradients of
    the other states need not be kept for every step.

    Parameters
    ----------
    every : bool
        Whether the first result holds all states [S, B, T, N, D], and not h alone [B, T, N, D].

    Returns
    -------
    tensor [B, T, N, D], tensor [S, B, 1, N, D]
    """
    kind = cell_of(cell)
    sizes = _sizes(kind, Wx, R, b, s0, threads)
    start = initial(kind, Wx) if s0 is None else s0
    why = _not_for_kernels(Wx)
    if why:
        warnings.warn(
            f"{why}: this recurrence runs as a loop of torch's operations", SlowPath, stacklevel=3
        )
        states = plain(Wx, R, b, start, cell=kind)
        return states if every else states[0], states[:, :, -1:] if sizes.steps else start
    if torch.compiler.is_compiling():
        return _uncompiled()(Wx, R, b, start, sizes, every)
    return _by_kernels(Wx, R, b, start, sizes, every)


def _not_for_kernels(Wx: Tensor) -> str:
    """Why kernels, which are for memory with numbers in it, cannot run this call; else empty."""
    if Wx.dtype != torch.float32 or Wx.device.type != "cpu":
        return f"{Wx.dtype} on {Wx.device}, and not torch.float32 on a CPU"
    if torch.compiler.is_exporting():
        return "the call is exported"
    if torch.jit.is_tracing():  # type: ignore[attr-defined,no-untyped-call]
        return "the call is traced"
    if torch._C._are_functorch_transforms_active():
        return "the call is under a transform of torch.func"
    return ""


@cache
def _uncompiled() -> Callable[..., tuple[Tensor, Tensor]]:
    """The call for `torch.compile`, which leaves it as it is."""
    return torch.compiler.disable(_by_kernels)  # type: ignore[no-any-return,no-untyped-call]


def _by_kernels(
    Wx: Tensor, R: Tensor, b: Tensor, start: Tensor, sizes: Sizes, every: bool
) -> tuple[Tensor, Tensor]:
    given = (Wx, R, b, start)
    saves = torch.is_grad_enabled() and any(t.requires_grad for t in given)
    found: tuple[Tensor, Tensor] = Recurrence.apply(*given, sizes, every, saves)  # type: ignore[no-untyped-call]
    return found


def plain(
    Wx: Tensor, R: Tensor, b: Tensor, s0: Tensor | None = None, *, cell: str | Cell = "lstm"
) -> Tensor:
    """The same states as those of `recurrent`, as a loop of torch's operations.

    For any kind of numbers and any device, and with derivatives of all orders; slow.
    """
    kind = cell_of(cell)
    _sizes(kind, Wx, R, b, s0, 1)
    if not Wx.shape[1]:
        batch, _, _, heads, units = Wx.shape
        return Wx.new_empty(len(kind.states), batch, 0, heads, units)
    return eager_loop(kind, Wx, R, b, initial(kind, Wx) if s0 is None else s0)


def initial(cell: Cell, Wx: Tensor) -> Tensor:
    """States before the first step where the caller gives none [S, B, 1, N, D]."""
    batch, _, _, heads, units = Wx.shape
    starts = torch.tensor([one.start for one in cell.states], dtype=Wx.dtype, device=Wx.device)
    return starts.view(-1, 1, 1, 1, 1).repeat(1, batch, 1, heads, units)


def _sizes(cell: Cell, Wx: Tensor, R: Tensor, b: Tensor, s0: Tensor | None, threads: int) -> Sizes:
    """The sizes that all tensors agree on, or a ValueError that says which does not."""
    named = {"Wx": Wx, "R": R, "b": b} | ({} if s0 is None else {"s0": s0})
    for name, tensor in named.items():
        if not isinstance(tensor, Tensor):
            raise ValueError(f"{name} is a {type(tensor).__name__}, not a tensor")
        if tensor.dtype != Wx.dtype or tensor.device != Wx.device:
            raise ValueError(
                f"{name} is {tensor.dtype} on {tensor.device}, "
                f"Wx is {Wx.dtype} on {Wx.device}: they must be alike"
            )
    if not Wx.dtype.is_floating_point:
        raise ValueError(f"Wx is {Wx.dtype}; a recurrence needs floating-point numbers")
    if Wx.ndim != 5 or Wx.shape[2] != len(cell.given):
        raise ValueError(
            f"Wx has shape {tuple(Wx.shape)}, not [B, T, {len(cell.given)}, N, D] as `{cell}` asks"
        )
    batch, steps, _, heads, units = Wx.shape
    if min(heads, units) < 1:
        raise ValueError(f"Wx has shape {tuple(Wx.shape)}: at least one head and unit are needed")
    if threads < 1:
        raise ValueError(f"{threads} threads: at least one is needed")
    sizes = Sizes(cell, batch, steps, heads, units, threads)
    wanted = {"R": sizes.weights, "b": sizes.biases, "s0": sizes.starts}
    for name, tensor in named.items():
        if name != "Wx" and tuple(tensor.shape) != wanted[name]:
            raise ValueError(
                f"{name} has shape {tuple(tensor.shape)}; Wx of shape {tuple(Wx.shape)} "
                f"and `{cell}` ask for {wanted[name]}"
            )
    return sizes
