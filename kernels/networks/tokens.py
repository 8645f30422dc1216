"""Torch modules for the layers of sequences, [batch, tokens, width], attention apart."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from archwright.interpreter.architecture import Leaf

from .parts import ACTIVATIONS, Apply, flag, whole, word

EMBEDDING_SPREAD = 0.02  # of tokens and positions that are learned, as usual for transformers


def tokens(leaf: Leaf) -> nn.Module:
    """The points of an image as a sequence, row by row."""
    return Apply(lambda x: x.flatten(2).transpose(1, 2), "points of the image, row by row")


def read_out(leaf: Leaf) -> nn.Module:
    """One token, or the mean of all, as a vector [batch, width, 1, 1]."""
    token = word(leaf, "token")
    readers: dict[str, Callable[[Tensor], Tensor]] = {
        "first": lambda x: x[:, 0],
        "last": lambda x: x[:, -1],
        "average": lambda x: x.mean(dim=1),
    }
    read = readers[token]
    return Apply(lambda x: read(x)[:, :, None, None], f"{token} token")


def embedding(leaf: Leaf) -> nn.Module:
    """A learned vector for each number of a vocabulary."""
    return nn.Embedding(whole(leaf, "vocabulary"), whole(leaf, "width"))


class _Learned(nn.Module):
    """Learned tokens, put in front of a sequence or added to it."""

    def __init__(self, count: int, width: int, *, in_front: bool) -> None:
        super().__init__()
        self.learned = nn.Parameter(EMBEDDING_SPREAD * torch.randn(count, width))
        self.in_front = in_front

    def forward(self, x: Tensor) -> Tensor:
        if self.in_front:
            return torch.cat((self.learned.expand(x.shape[0], -1, -1), x), dim=1)
        return x + self.learned


def class_token(leaf: Leaf) -> nn.Module:
    """One learned token in front of the others."""
    return _Learned(1, leaf.input_shapes[0][1], in_front=True)


def position(leaf: Leaf) -> nn.Module:
    """A learned vector for each place, added to its token."""
    return _Learned(*leaf.input_shapes[0], in_front=False)


def norm(leaf: Leaf) -> nn.Module:
    """Layer norm over the width of each token, or its root mean square alone."""
    width = leaf.input_shapes[0][-1]
    return nn.LayerNorm(width) if word(leaf, "kind") == "layer" else nn.RMSNorm(width, eps=1e-6)


def project(leaf: Leaf) -> nn.Module:
    """A linear layer on each token, then an activation where asked."""
    linear = nn.Linear(leaf.input_shapes[0][-1], whole(leaf, "out"), bias=flag(leaf, "bias"))
    act = word(leaf, "act")
    return linear if act == "none" else nn.Sequential(linear, ACTIVATIONS[act]())


def multiply(leaf: Leaf) -> nn.Module:
    """Two sequences, number by number."""
    return Apply(lambda x, by: x * by, "x * by")


def add_tokens(leaf: Leaf) -> nn.Module:
    """The sum of any number of sequences."""
    return Apply(lambda *inputs: sum(inputs[1:], start=inputs[0]), "sum of the inputs")
