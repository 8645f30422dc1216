"""A layer beside its counterpart in another network, and how its parameters are filled from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import torch
from torch import Tensor, nn

from archwright.interpreter.architecture import Leaf

from .channels import CannotCarry, Channels, Chooser
from .parts import whole, word


@dataclass(frozen=True)
class Pair:
    """A layer of the new network and the one of the former network that it takes its weights from.

    Parameters
    ----------
    former, leaf : Leaf
        As the two networks describe it.
    source, target : Module
        Where weights are taken from, and which one is filled.
    read : sequence of Channels
        Those of its inputs.
    choose : Chooser
        Of channels, where the two differ in size.
    """

    former: Leaf
    leaf: Leaf
    source: nn.Module
    target: nn.Module
    read: Sequence[Channels]
    choose: Chooser

    def refuse(self, why: str) -> NoReturn:
        """Say of this layer why its weights cannot be carried.

        Raises
        ------
        CannotCarry
        """
        raise CannotCarry(f"`{self.leaf.label}` {why}")

    def both(self, name: str) -> tuple[int, int]:
        """A whole number among the arguments, before and after."""
        return whole(self.former, name), whole(self.leaf, name)

    def equal(self, *names: str) -> None:
        """Refuse arguments in which the two differ.

        Raises
        ------
        CannotCarry
        """
        for name in names:
            before, after = (word(leaf, name) for leaf in (self.former, self.leaf))
            if before != after:
                self.refuse(f"has {name} {after}, and {before} where its weights are")

    def resized(self, name: str, what: str) -> Channels:
        """What is kept or repeated of things that an argument counts, called `what` in errors."""
        return self.choose(self.leaf, *self.both(name), what)

    def outputs(self, axis: int) -> Channels:
        """What is kept or repeated along an axis of the output."""
        return self.choose(self.leaf, self.former.shape[axis], self.leaf.shape[axis])

    # ---- filling parameters, named from the layer's module

    def fill(self, name: str, *axes: Channels | None, reads: int | None = None) -> None:
        """Fill a parameter with the given channels along its axes.

        Parameters
        ----------
        reads : int, optional
            The axis along which it reads its input: there weights are divided among copies.

        Raises
        ------
        CannotCarry
        """
        self._copy(self.target.get_parameter(name), self.source.get_parameter(name), axes, reads)

    def fill_from(
        self, weight: Tensor, name: str, *axes: Channels | None, reads: int | None = None
    ) -> None:
        """Like `fill`, with another tensor in place of the counterpart's parameter."""
        self._copy(self.target.get_parameter(name), weight, axes, reads)

    def fill_linear(self, name: str, out: Channels, read: Channels) -> None:
        """Fill the matrix [out, read] of a linear layer, and its bias."""
        self.fill(f"{name}.weight", out, read, reads=1)
        self.fill_bias(name, out)

    def fill_bias(self, name: str, out: Channels) -> None:
        """Fill a bias, if there is one in both networks or none."""
        to, bias = (
            getattr(module.get_submodule(name), "bias", None)
            for module in (self.target, self.source)
        )
        if (to is None) != (bias is None):
            self.refuse("has a bias in one of the two networks only")
        if to is not None and bias is not None:
            self._copy(to, bias, (out,), None)

    def fill_norm(self, name: str, channels: Channels) -> None:
        """Fill a norm, all of whose state but a counter is by channel."""
        state = self.source.get_submodule(name).state_dict()
        for key, to in self.target.get_submodule(name).state_dict().items():
            self._copy(to, state[key], (channels,) if to.dim() else (), None)

    def _copy(
        self, to: Tensor, weight: Tensor, axes: Sequence[Channels | None], reads: int | None
    ) -> None:
        for axis, channels in enumerate(axes):
            if channels is None:
                continue
            weight = weight.index_select(axis, channels.index.to(weight.device))
            if axis == reads:
                share = channels.share.to(weight)
                weight = weight * share.view(-1, *[1] * (weight.dim() - axis - 1))
        if to.shape != weight.shape:
            self.refuse(f"has weights of {list(weight.shape)}, which do not fit {list(to.shape)}")
        to.copy_(weight)


def stacked(channels: Channels, times: int) -> Channels:
    """Those of so many equal parts that stand one behind another, as the gates of a recurrence."""
    first = torch.arange(times)[:, None] * channels.of
    return Channels((first + channels.index).flatten(), times * channels.of)
