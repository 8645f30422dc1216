"""Layers that make tokens sparse, [batch, tokens, width]."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from archwright.interpreter.architecture import Leaf

from .parts import Call, call


class Ista(nn.Module):
    """One step of iterative shrinkage and thresholding in a learned square dictionary.

    Yu et al., *White-box transformers via sparse rate reduction* (2023), section 2.4, after Beck
    and Teboulle, *A fast iterative shrinkage-thresholding algorithm* (2009): a step down the
    gradient of |x - W z|^2 / 2 from z = x, then a one-sided threshold.

    Attributes
    ----------
    weight : Parameter, [D, D]
        The dictionary W; `weight @ token` is what it makes of a token.
    """

    def __init__(self, width: int, step: float = 0.1, threshold: float = 0.1) -> None:
        super().__init__()
        self.step, self.threshold = step, threshold
        self.weight = nn.Parameter(torch.empty(width, width))
        nn.init.kaiming_uniform_(self.weight)

    def forward(self, x: Tensor) -> Tensor:
        """relu(x + step * (W' (x - W x) - threshold)) of each token x."""
        left = x - functional.linear(x, self.weight)
        towards = functional.linear(left, self.weight.t())
        return (x + self.step * (towards - self.threshold)).relu()


def ista(leaf: Leaf) -> Call:
    """A step towards sparse tokens."""

    def number(name: str) -> float:
        value: Any = leaf.arguments[name]
        return float(value)

    return call(
        Ista,
        width=leaf.input_shapes[0][-1],
        step=number("step"),
        threshold=number("threshold"),
    )
