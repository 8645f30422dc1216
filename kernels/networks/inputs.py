"""Inputs that do not fit a network, told in a sentence before anything is computed."""

from __future__ import annotations

from collections.abc import Container, Sequence

import torch
from torch import Tensor

from archwright.interpreter.architecture import Network

from .parts import whole


class WrongInput(ValueError):
    """An input of another shape, kind of number or device than the network reads."""


def vocabularies(network: Network) -> dict[int, int]:
    """By the tensor of an input that holds numbers of a vocabulary, how many words there are."""
    found: dict[int, int] = {}
    for leaf in network.leaves:
        if leaf.op == "embedding":
            size = whole(leaf, "vocabulary")
            found[leaf.inputs[0]] = min(size, found.get(leaf.inputs[0], size))
    return found


def check(
    network: Network, inputs: Sequence[Tensor], words: Container[int], weight: Tensor | None
) -> None:
    """Refuse inputs that do not fit; any batch does, an empty one too.

    Parameters
    ----------
    words : container
        Tensors that hold numbers of a vocabulary.
    weight : Tensor or None
        A parameter, for its dtype and device.

    Raises
    ------
    WrongInput
    """
    if len(inputs) != len(network.inputs):
        names = ", ".join(name for name, _, _ in network.inputs)
        raise WrongInput(
            f"`{network.name}` reads {len(network.inputs)} input(s), {names}; found {len(inputs)}"
        )
    for (name, number, shape), x in zip(network.inputs, inputs, strict=True):
        if x.dim() != len(shape) + 1 or tuple(x.shape[1:]) != shape:
            wanted = ", ".join(("batch", *map(str, shape)))
            raise WrongInput(f"`{network.name}` reads {name} as [{wanted}]; found {list(x.shape)}")
        if number in words:
            if x.dtype not in (torch.int32, torch.int64):
                raise WrongInput(f"{name} holds numbers of a vocabulary: int64, not {x.dtype}")
            continue
        if weight is None:
            continue
        if x.dtype != weight.dtype and not torch.is_autocast_enabled(x.device.type):
            raise WrongInput(
                f"{name} is {x.dtype} and the weights of `{network.name}` are {weight.dtype}: "
                "convert one of them, as by `module.to(x.dtype)` or `x.to(…)`"
            )
        if x.device != weight.device:
            raise WrongInput(
                f"{name} is on {x.device} and the weights of `{network.name}` on {weight.device}"
            )
