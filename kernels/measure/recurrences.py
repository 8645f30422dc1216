"""Recurrent layers that carry their tile, timed as the kernel that `archwright run` runs."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from archwright.interpreter.architecture import Leaf

from ..machine import processor
from ..networks.build import BuiltNetwork
from ..networks.recurrent import Headwise
from ..outcome import bad_tile
from ..recurrent.plan import Plan
from ..recurrent.tile import Tile, TileError

ON_CARD = ("std.persistent", "recurrent")
TILED = ("std.rnn", "recurrent")


class ElsewhereOnly(ValueError):
    """Layers that this processor cannot run as they were chosen, so no time would be theirs."""


class TiledRecurrence(nn.Module):
    """A recurrence of one input at a time, by the kernel of a tile.

    Parameters
    ----------
    plain : Headwise
        Its weights are packed here, once.
    leaf : Leaf
        Of `std.rnn.recurrent`.

    Raises
    ------
    ArchError
        `bad-tile` for a tile that cannot run.
    """

    def __init__(self, plain: Headwise, leaf: Leaf) -> None:
        super().__init__()
        _, batch, steps, _, _ = leaf.shape
        try:
            tile = Tile.from_arguments(leaf.arguments)
            self.plan = Plan(plain.R, plain.b, batch, steps, tile, plain.cell)
        except TileError as reason:
            raise bad_tile(leaf, reason) from reason

    def forward(self, x: Tensor) -> Tensor:
        """States [1, states, B, T, N, D] of pre-activations [1, B, T, gates, N, D]."""
        states: Tensor = self.plan.run(x[0])
        return states[None]


def need_here(leaves: Iterable[Leaf]) -> None:
    """Refuse layers that run elsewhere.

    Raises
    ------
    ElsewhereOnly
        For layers of a CUDA card, or those tiled for longer vectors than this processor has.
    """
    here = processor.registers().lanes
    for leaf in leaves:
        kind = (leaf.module, leaf.op)
        if kind == ON_CARD:
            raise ElsewhereOnly(
                f"`{leaf.label}` needs a CUDA card, and `measure` times layers on the processor: "
                "`archwright run` times this one where such a card is"
            )
        if kind == TILED and int(str(leaf.arguments["lanes"])) > here:
            raise ElsewhereOnly(
                f"`{leaf.label}` is tiled for vectors of {leaf.arguments['lanes']} numbers, "
                f"and this machine has {here}"
            )


def compiles(leaves: Iterable[Leaf]) -> bool:
    """Whether one of them has a kernel that may have to be compiled."""
    return any((leaf.module, leaf.op) == TILED for leaf in leaves)


def with_kernels(module: BuiltNetwork) -> BuiltNetwork:
    """The module, its recurrences replaced by the kernels of the tiles that they carry."""
    for (name, plain), leaf in zip(module.layers.items(), module.network.leaves, strict=True):
        if (leaf.module, leaf.op) == TILED and isinstance(plain, Headwise):
            parent, _, own = name.rpartition(".")
            with torch.no_grad():
                setattr(module.get_submodule(parent), own, TiledRecurrence(plain, leaf))
    return module
