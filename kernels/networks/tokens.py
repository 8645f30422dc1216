"""Torch modules for the layers of sequences, [batch, tokens, width], attention apart.

The classes stand alone: an exported network takes their text along.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from archwright.interpreter.architecture import Leaf

from .layers import Add, Multiply
from .parts import Call, activation, call, flag, whole, word

EMBEDDING_SPREAD = 0.02  # of tokens and positions that are learned, as usual for transformers


class Tokens(nn.Module):
    """The points of an image as a sequence, row by row."""

    def forward(self, x: Tensor) -> Tensor:
        """[batch, H * W, C] of [batch, C, H, W]."""
        return x.flatten(2).transpose(1, 2)


class Patches(nn.Module):
    """Squares of an image as tokens: pixels row by row, the channels of a pixel together."""

    def __init__(self, patch: int) -> None:
        super().__init__()
        self.patch = patch

    def forward(self, x: Tensor) -> Tensor:
        """[batch, H / p * W / p, p * p * C] of [batch, C, H, W]."""
        batch, channels, height, width = x.shape
        side = self.patch
        cut = x.reshape(batch, channels, height // side, side, width // side, side)
        return cut.permute(0, 2, 4, 3, 5, 1).flatten(3).flatten(1, 2)


class OneToken(nn.Module):
    """One token of a sequence as a vector [batch, width, 1, 1]."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place

    def forward(self, x: Tensor) -> Tensor:
        """The token."""
        return x[:, self.place, :, None, None]


class MeanToken(nn.Module):
    """The mean of all tokens as a vector [batch, width, 1, 1]."""

    def forward(self, x: Tensor) -> Tensor:
        """The mean."""
        return x.mean(dim=1)[:, :, None, None]


class ClassToken(nn.Module):
    """One learned token in front of the others."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.learned = nn.Parameter(EMBEDDING_SPREAD * torch.randn(1, width))

    def forward(self, x: Tensor) -> Tensor:
        """[batch, T + 1, D] of [batch, T, D]."""
        return torch.cat((self.learned.expand(x.shape[0], -1, -1), x), dim=1)


class Position(nn.Module):
    """A learned vector for each place, added to its token."""

    def __init__(self, count: int, width: int) -> None:
        super().__init__()
        self.learned = nn.Parameter(EMBEDDING_SPREAD * torch.randn(count, width))

    def forward(self, x: Tensor) -> Tensor:
        """The tokens with their places."""
        return x + self.learned


class Project(nn.Sequential):
    """A linear layer on each token, then an activation."""

    def __init__(
        self, inputs: int, outputs: int, *, bias: bool = True, act: type[nn.Module] | None = None
    ) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs, bias=bias)
        if act is not None:
            self.act = act()


def tokens(leaf: Leaf) -> Call:
    """The points of an image as a sequence, row by row."""
    return call(Tokens)


def patches(leaf: Leaf) -> Call:
    """Squares of an image as tokens."""
    return call(Patches, patch=whole(leaf, "patch"))


def read_out(leaf: Leaf) -> Call:
    """One token, or the mean of all, as a vector [batch, width, 1, 1]."""
    token = word(leaf, "token")
    if token == "average":
        return call(MeanToken)
    return call(OneToken, place=0 if token == "first" else -1)


def embedding(leaf: Leaf) -> Call:
    """A learned vector for each number of a vocabulary."""
    return call(
        nn.Embedding, num_embeddings=whole(leaf, "vocabulary"), embedding_dim=whole(leaf, "width")
    )


def class_token(leaf: Leaf) -> Call:
    """One learned token in front of the others."""
    return call(ClassToken, width=leaf.input_shapes[0][1])


def position(leaf: Leaf) -> Call:
    """A learned vector for each place, added to its token."""
    count, width = leaf.input_shapes[0]
    return call(Position, count=count, width=width)


def norm(leaf: Leaf) -> Call:
    """Layer norm over the width of each token, or its root mean square alone."""
    width = leaf.input_shapes[0][-1]
    if word(leaf, "kind") == "layer":
        return call(nn.LayerNorm, normalized_shape=width)
    return call(nn.RMSNorm, normalized_shape=width, eps=1e-6)


def project(leaf: Leaf) -> Call:
    """A linear layer on each token, then an activation where asked."""
    return call(
        Project,
        inputs=leaf.input_shapes[0][-1],
        outputs=whole(leaf, "out"),
        bias=flag(leaf, "bias"),
        act=activation(leaf),
    )


def multiply(leaf: Leaf) -> Call:
    """Two sequences, number by number."""
    return call(Multiply)


def add_tokens(leaf: Leaf) -> Call:
    """The sum of any number of sequences."""
    return call(Add)
