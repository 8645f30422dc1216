"""Which channels of one network those of another one are, when weights carry over between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from archwright.interpreter.architecture import Leaf, Network

Order: TypeAlias = Literal["leading", "magnitude"] | Mapping[str, Sequence[int]]


class CannotCarry(ValueError):
    """Weights of a layer that have no place in the other network, or that it lacks."""


@dataclass(frozen=True)
class Channels:
    """For each channel of a tensor, the channel of the former network that it repeats.

    Parameters
    ----------
    index : Tensor
        Of whole numbers below `of`; all different where a network is sliced.
    of : int
        How many channels the former tensor has.
    """

    index: Tensor
    of: int

    @property
    def share(self) -> Tensor:
        """One over how often each channel is repeated: what a reader's weight is multiplied by."""
        return 1.0 / torch.bincount(self.index, minlength=self.of)[self.index]

    def same(self, other: Channels) -> bool:
        """Whether these are the same channels in the same order."""
        return self.of == other.of and torch.equal(self.index, other.index)

    def spread(self, width: int) -> Channels:
        """Each channel as so many neighbouring ones: heads as the numbers in them."""
        inside = torch.arange(width)
        return Channels((self.index[:, None] * width + inside).flatten(), self.of * width)


def all_of(count: int) -> Channels:
    """Every channel, in order."""
    return Channels(torch.arange(count), count)


def keys(network: Network) -> list[tuple[str, int]]:
    """What a leaf is recognised by in another network: its label, and how often it came before."""
    seen: dict[str, int] = {}
    found = []
    for leaf in network.leaves:
        seen[leaf.label] = seen.get(leaf.label, 0) + 1
        found.append((leaf.label, seen[leaf.label]))
    return found


@dataclass
class Chooser:
    """Which channels are kept where a layer has fewer, or repeated where it has more.

    Parameters
    ----------
    growing : bool
        Whether layers may only grow, or only shrink.
    order : "leading", "magnitude" or mapping
        Which channels are kept first: the first ones, those that are read with the largest
        weights, or by the label of a layer.
    scores : mapping
        For "magnitude", by tensor of the new network, how much each former channel matters.
    """

    growing: bool
    order: Order
    scores: Mapping[int, Tensor]

    def __call__(self, leaf: Leaf, before: int, after: int, what: str = "channels") -> Channels:
        """Channels of the output of a leaf."""
        self.allow(leaf, before, after, what)
        if after >= before:
            return Channels(torch.arange(after) % before, before)
        if isinstance(self.order, Mapping):
            if (named := self.order.get(leaf.label)) is not None:
                return Channels(_checked(leaf, named, before)[:after], before)
        elif self.order == "magnitude" and what == "channels":
            score = self.scores.get(leaf.output)
            if score is not None and len(score) == before:
                return Channels(score.argsort(descending=True, stable=True)[:after], before)
        return Channels(torch.arange(after), before)

    def allow(self, leaf: Leaf, before: int, after: int, what: str) -> None:
        """Refuse a size that shrinks where it should grow, or the other way round.

        Raises
        ------
        CannotCarry
        """
        if after < before and self.growing:
            raise CannotCarry(
                f"`{leaf.label}` has {before} {what} and would shrink to {after}: "
                "what grows without changing outputs can lose nothing"
            )
        if after > before and not self.growing:
            raise CannotCarry(
                f"`{leaf.label}` has {before} {what} and would grow to {after}: "
                "a slice takes a part of what is there"
            )


def _checked(leaf: Leaf, order: Sequence[int], count: int) -> Tensor:
    index = torch.as_tensor(list(order), dtype=torch.long)
    if sorted(index.tolist()) != list(range(count)):
        raise CannotCarry(
            f"the order of `{leaf.label}` names each of its {count} channels once, "
            f"not {index.tolist()[:8]}…"
        )
    return index


TYING = ("add", "add_tokens", "multiply", "scale")
PASSING = (
    *("pool", "global_pool", "activate", "batch_norm", "norm", "crop", "zero"),
    *("class_token", "position", "tokens", "read_out", "ista"),
)


def tied(network: Network) -> dict[int, int]:
    """Tensors that must keep the same channels, by one that stands for them all.

    Sums and products tie what they read and write, and so does what works channel by channel.
    """
    parent: dict[int, int] = {}

    def find(t: int) -> int:
        while parent.setdefault(t, t) != t:
            t = parent[t]
        return t

    for leaf in network.leaves:
        if leaf.op in TYING or leaf.op in PASSING or is_depthwise(leaf):
            for t in leaf.inputs:
                parent[find(t)] = find(leaf.output)
    tensors = {t for leaf in network.leaves for t in (*leaf.inputs, leaf.output)}
    return {t: find(t) for t in tensors}


def is_depthwise(leaf: Leaf) -> bool:
    """Whether a leaf is a convolution of each channel by itself."""
    groups = leaf.arguments.get("groups")
    return leaf.op == "conv" and groups == leaf.input_shapes[0][0] == leaf.shape[0] and groups != 1
